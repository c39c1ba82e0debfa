// One line that is rewritten on a terminal; plain lines elsewhere.
const tty = process.stderr.isTTY === true;
const startedAt = Date.now();

/** Says what is being done now. */
export function step(text) {
  const line = `[${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s] ${text}`;
  if (tty) process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  else process.stderr.write(`${line}\n`);
}

/** Says something that stays. */
export function note(text) {
  process.stderr.write(`${tty ? '\r\x1b[2K' : ''}${text}\n`);
}
