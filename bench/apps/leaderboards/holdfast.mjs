// LeaderboardService of Holdfast from dist/, in a process that answers no HTTP. BOARD: which encoding.
import 'reflect-metadata';
import { deepStrictEqual } from 'node:assert';
import { Module } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { LeaderboardModule, LeaderboardService } from '../../../dist/leaderboard/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RedisModule } from '../../../dist/redis/index.js';
import { serveBoards } from './workload.mjs';

class LeaderboardOnlyModule {}
Module({ imports: [HttpModule, RedisModule, ObservabilityModule, LeaderboardModule] })(LeaderboardOnlyModule);

const DEFINITIONS = {
  exact: { tieBreak: 'first', scores: 'int64' },
  plain: { tieBreak: 'member', scores: 'int53' },
};
const definition = { order: 'desc', operator: 'best', timeZone: 'UTC', ...DEFINITIONS[process.env.BOARD] };

const settings = readSettings({
  REDIS_URL: process.env.REDIS_URL,
  LOG_LEVEL: 'error',
  // The other arms have no deadline, and batches of a thousand are loaded.
  REDIS_COMMAND_TIMEOUT_MS: '5000',
});
const app = await createApp(settings, LeaderboardOnlyModule);
await app.init();
const boards = app.get(LeaderboardService, { strict: false });

/** Two scores that are one as a double, and of two members with one score the one who was first. */
async function proveExact() {
  await boards.define('exact', definition);
  const [less, more] = [2n ** 53n, 2n ** 53n + 1n];
  for (const [member, score] of Object.entries({ less, later: less, more }))
    await boards.submit('exact', { member, score });
  const { items } = await boards.top('exact');
  deepStrictEqual(
    items.map(({ member, score }) => [member, BigInt(score)]),
    [
      ['more', more],
      ['less', less],
      ['later', less],
    ],
  );
}

async function open(name, windows) {
  await boards.define(name, { ...definition, windows });
  return {
    load: (entries) => boards.submitMany(name, entries),
    submit: async (member, score) => (await boards.submit(name, { member, score })).rank,
    increment: async (member, by) =>
      (await boards.submit(name, { member, score: by, operator: 'increment' })).rank,
    top: (limit) => boards.top(name, { limit }),
    member: (member) => boards.member(name, member),
    neighbours: (member, radius) => boards.neighbours(name, member, { radius }),
    totals: () =>
      Promise.all(windows.map(async (window) => (await boards.top(name, { limit: 1, window })).total)),
    size: ({ items }) => items.length,
    entries: ({ items }) => items.map(({ member, score }) => ({ member, score: Number(score) })),
    standing: ({ rank, score, total }) => ({ rank, score: Number(score), total }),
  };
}

serveBoards(open, process.env.BOARD === 'exact' ? proveExact : undefined);
