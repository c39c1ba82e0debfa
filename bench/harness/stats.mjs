/** The value below which the share `p` (0 to 1) of the sorted numbers lies, interpolated. */
export function percentile(sorted, p) {
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/**
 * Median and spread of a few rounds.
 *
 * @param {number[]} values
 */
export function summarize(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: percentile(sorted, 0.5),
    q1: percentile(sorted, 0.25),
    q3: percentile(sorted, 0.75),
    min: sorted[0] ?? NaN,
    max: sorted.at(-1) ?? NaN,
    values,
  };
}

/**
 * The ratio of two arms. Round i of one is divided by round i of the other, because they ran one after the other
 * on the same machine in the same minute; the median and the range of these quotients are the answer.
 */
export function pairedRatio(ours, theirs) {
  const rounds = Math.min(ours.length, theirs.length);
  return summarize(Array.from({ length: rounds }, (_, round) => ours[round] / theirs[round]));
}

/** Of times, ms. */
export function distribution(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const [p50Ms, p99Ms, p999Ms] = [0.5, 0.99, 0.999].map((share) => percentile(sorted, share));
  return { count: sorted.length, p50Ms, p99Ms, p999Ms, maxMs: sorted.at(-1) ?? NaN };
}
