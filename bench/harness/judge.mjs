import { number, ratio } from './format.mjs';
import { pairedRatio } from './stats.mjs';

/** @typedef {import('./report.mjs').Judgement} Judgement */

/** Judges one number; undefined when what it needs did not run. @returns {Judgement} */
export function judgeNumber(name, target, value, reaches, measured = number) {
  if (value === undefined) return { name, target, measured: '–', reached: null };
  return { name, target, measured: measured(value), reached: reaches(value) };
}

/** The quotient of two arms is `least` or more. @returns {Judgement} */
export function atLeast(name, least, ours, theirs) {
  return compare(name, `≥ ${least}`, ours, theirs, (value) => value >= least);
}

/** The quotient of two arms is `most` or less. @returns {Judgement} */
export function atMost(name, most, ours, theirs) {
  return compare(name, `≤ ${most}`, ours, theirs, (value) => value <= most);
}

/** By the median of the quotients, round by round, of two summaries. */
function compare(name, target, ours, theirs, reaches) {
  const quotient = ours && theirs && pairedRatio(ours.values, theirs.values);
  return judgeNumber(name, target, quotient, ({ median }) => reaches(median), ratio);
}
