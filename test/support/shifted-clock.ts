/** Node options by which a process has another clock than this one. */
export function shiftedClock(ms: number): string[] {
  const shift =
    `const Clock = Date; globalThis.Date = class extends Clock {` +
    `constructor(...given) { super(...(given.length > 0 ? given : [Clock.now() + ${ms}])); }` +
    `static now() { return Clock.now() + ${ms}; } };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(shift)}`];
}
