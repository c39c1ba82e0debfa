// redis-rank as its documents set it up. Its updates give the score only, so the rank is asked for at their side.
// AUTO_PIPELINING=1: as the arm says.
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { Leaderboard, LeaderboardMatrix } from 'redis-rank';
import { serveBoards } from '../../leaderboards/workload.mjs';

const client = new Redis(process.env.REDIS_URL, {
  enableAutoPipelining: process.env.AUTO_PIPELINING === '1',
});
await once(client, 'ready');

const OPTIONS = { sortPolicy: 'high-to-low', updatePolicy: 'best' };
const CYCLES = { 'all-time': undefined, daily: 'daily', weekly: 'weekly', monthly: 'monthly' };

/** Both leave at once, and Redis answers them in this order. */
async function rankAfter(update, board, member) {
  const [, rank] = await Promise.all([update, board.rank(member)]);
  return rank;
}

function openMatrix(name, windows) {
  const dimensions = windows.map((window) => ({ name: window, cycle: CYCLES[window] }));
  const matrix = new LeaderboardMatrix(client, name, {
    dimensions,
    features: [{ name: 'score', options: OPTIONS }],
  });
  const widest = matrix.getLeaderboard(windows[0], 'score');
  return {
    load: (list) => matrix.update(list.map(({ member, score }) => ({ id: member, values: { score } }))),
    totals: async () => Object.values(await matrix.count()).map(({ score }) => score),
    submit: (member, score) => rankAfter(matrix.update({ id: member, values: { score } }), widest, member),
  };
}

function openBoard(name) {
  const board = new Leaderboard(client, name, OPTIONS);
  return {
    load: (list) =>
      board.update(
        list.map(({ member, score }) => ({ id: member, value: score })),
        'replace',
      ),
    submit: (member, score) => rankAfter(board.updateOne(member, score), board, member),
    increment: (member, by) => rankAfter(board.updateOne(member, by, 'aggregate'), board, member),
    top: (count) => board.top(count),
    member: (member) => Promise.all([board.find(member), board.count()]),
    neighbours: (member, radius) => board.around(member, radius, true),
    size: (reply) => reply.length,
    entries: (reply) => reply.map(({ id, score }) => ({ member: id, score })),
    standing: ([{ rank, score }, total]) => ({ rank, score, total }),
  };
}

serveBoards(async (name, windows) => (windows.length > 1 ? openMatrix(name, windows) : openBoard(name)));
