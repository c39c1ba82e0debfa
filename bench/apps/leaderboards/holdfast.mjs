// LeaderboardService of Holdfast from dist/, in a process that answers no HTTP. BOARD: which encoding.
import 'reflect-metadata';
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
  exact: { ties: 'first', scores: 'int64' },
  plain: { ties: 'member', scores: 'int53' },
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

serveBoards(async (name, windows) => {
  await boards.define(name, { ...definition, windows });
  return {
    load: (entries) => boards.submitMany(name, entries),
    submit: async (member, score) => (await boards.submit(name, { member, score })).rank,
    increment: async (member, by) =>
      (await boards.submit(name, { member, score: by, operator: 'increment' })).rank,
    top: (limit) => boards.top(name, { limit }),
    member: (member) => boards.member(name, member),
    neighbours: (member, radius) => boards.neighbours(name, member, { radius }),
    size: ({ items }) => items.length,
    entries: ({ items }) => items.map(({ member, score }) => ({ member, score: Number(score) })),
    standing: ({ rank, score, total }) => ({ rank, score: Number(score), total }),
  };
});
