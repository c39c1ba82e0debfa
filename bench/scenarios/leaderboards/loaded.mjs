// Servers with boards of many members, kept for the whole run: loading them anew each round would take longer than the rounds.
import { setTimeout as sleep } from 'node:timers/promises';
import { startDriver } from '../../harness/driver-round.mjs';
import { step } from '../../harness/progress.mjs';
import { startRedis } from '../../harness/redis-server.mjs';
import { usedMemory } from '../../harness/redis-stats.mjs';
import { withStand } from '../../harness/stand.mjs';

const LOAD_MS = 600_000;
/** Buffers of the load go. */
const SETTLE_MS = 1000;

/** The board of four windows has so many times fewer members: it is there four times. */
const FEWER_WINDOWED = 10;

/**
 * @typedef {object} LoadedBoard
 * @property {import('../../harness/driver-round.mjs').DriverArm} arm
 * @property {object} redis
 * @property {{ members: number, windowedMembers: number, loadedAt: number }} content what its drivers are told
 * @property {{ members: number, bytes: number, perSecond: number }} loaded bytes a member, and members a second
 */

/**
 * @template T
 * @param {(boards: LoadedBoard[]) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withLoadedBoards(arms, members, use) {
  const boards = [];
  try {
    for (const arm of arms) {
      const board = { arm, redis: await startRedis() };
      boards.push(board);
      await loadBoard(board, members);
    }
    return await use(boards);
  } finally {
    for (const { redis } of boards) await redis.stop();
  }
}

async function loadBoard(board, members) {
  const { arm, redis } = board;
  const windowedMembers = members / FEWER_WINDOWED;
  const subject = await startDriver(arm, redis.url);
  try {
    board.loaded = await load({ arm, redis, subject, members, ids: 'short' });
    await subject.job('loadWindows', { members: windowedMembers, durationMs: LOAD_MS });
    board.content = { members, windowedMembers, loadedAt: Date.now() };
  } finally {
    await subject.stop();
  }
}

/** An eighth fills Redis' hash tables, whose sizes are powers of two, to the same share. */
const FEWER_WITH_UUIDS = 8;

/** The same boards with UUIDs for members, each on a Redis of its own: what they take. */
export async function measureWithUuids(arms, allMembers) {
  const members = allMembers / FEWER_WITH_UUIDS;
  const memory = {};
  for (const arm of arms) {
    memory[arm.name] = await withStand(
      {},
      (redisUrl) => startDriver(arm, redisUrl),
      ({ redis, subject }) => load({ arm, redis, subject, members, ids: 'uuid' }),
    );
  }
  return memory;
}

async function load({ arm, redis, subject, members, ids }) {
  step(`leaderboards: loading ${members} members into ${arm.name}, ${ids} ids`);
  const before = await usedMemory(redis.client);
  const { ms } = await subject.job('load', { members, ids, durationMs: LOAD_MS });
  await sleep(SETTLE_MS);
  const bytes = ((await usedMemory(redis.client)) - before) / members;
  return { members, bytes, perSecond: (members / ms) * 1000 };
}
