import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const arm = (name, title, program, more) => ({ kind: 'driver', name, title, program: at(program), ...more });

const holdfast = (board, title) =>
  arm(`holdfast-${board}`, `LeaderboardService, in process: ${title}`, 'apps/leaderboards/holdfast.mjs', {
    env: { BOARD: board },
  });

/** @type {import('../../harness/driver-round.mjs').DriverArm[]} */
export const ARMS = [
  holdfast('exact', 'int64 scores, ties by who was first'),
  holdfast('plain', 'int53 scores, ties by member'),
  arm('redis-rank', 'redis-rank 2.2.3', 'apps/peers/leaderboards/redis-rank.mjs'),
  arm('raw', 'the commands themselves, by ioredis 6', 'apps/leaderboards/raw.mjs'),
  arm('raw-5', 'the same by ioredis 5.11, which redis-rank is given', 'apps/peers/leaderboards/raw.mjs', {
    optional: true,
  }),
  arm('redis-rank-other', 'redis-rank with auto-pipelining', 'apps/peers/leaderboards/redis-rank.mjs', {
    env: { AUTO_PIPELINING: '1' },
    optional: true,
  }),
];

/** What is asked of a board, by the names that the drivers know. */
export const OPERATIONS = {
  submit: 'submit, the best counts',
  increment: 'increment',
  top: 'top 10',
  member: 'rank, score and total of a member',
  neighbours: 'a member and five neighbours each way',
  windows: 'submit to four windows',
};

/** Under which name the result has one operation of one arm. */
export const rowOf = (operation, armName) => `${operation} ${armName}`;
