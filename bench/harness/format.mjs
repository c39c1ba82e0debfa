/** A number with three significant digits, and no more than the reader needs. */
export function number(value) {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** `median (q1 to q3)` of a summary. */
export function spread({ median, q1, q3 }) {
  return `${number(median)} (${number(q1)}–${number(q3)})`;
}

/** `median (min to max)` of a ratio. */
export function ratio({ median, min, max }) {
  return `${number(median)} (${number(min)}–${number(max)})`;
}

/** `get 1, incr 1` from counts per operation. */
export function counts(perOperation) {
  return Object.entries(perOperation)
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ');
}

export function total(perOperation) {
  return Object.values(perOperation).reduce((sum, count) => sum + count, 0);
}

/** @param {string[]} head @param {string[][]} rows */
export function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
