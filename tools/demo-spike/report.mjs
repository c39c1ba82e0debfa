/** The table that the demo prints. */
export function renderFacts({ database, session, limit, stale, cached, uncached }) {
  const rows = [
    ['A session made on replica A', `on A, B and C: ${session.alive.join(' ')}`],
    ['... ended on B', `on A, B and C: ${session.dead.join(' ')}`],
    [
      `${limit.requests} concurrent requests against a limit of ${limit.limit}`,
      `${limit.passed} passed, ${limit.refused} refused`,
    ],
    [`${stale.rounds} writes on A, then ${stale.reads} reads on A, B and C`, staleText(stale)],
    [`${cached.requests} reads with the cache`, loadText(cached)],
    [`${uncached.requests} reads without it`, loadText(uncached)],
    ['Database', database],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, fact]) => `  ${what.padEnd(width)}  ${fact}`).join('\n');
}

function staleText({ staleReads, latestMs }) {
  if (staleReads === 0) return 'none old: every read sent after the write’s answer saw the new product';
  return `${staleReads} old, the last ${latestMs.toFixed(1)} ms after the write’s answer`;
}

function loadText({ queries, p50Ms, p99Ms, perSecond, failed }) {
  const failures = failed === 0 ? '' : `, ${failed} failed`;
  return `${queries} database queries, p50 ${p50Ms} ms, p99 ${p99Ms} ms, ${perSecond} requests/s${failures}`;
}
