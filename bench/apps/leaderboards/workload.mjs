// What every board is asked: submits, increments and reads of members taken at random.
import { deepStrictEqual } from 'node:assert';
import { performance } from 'node:perf_hooks';
import { loop, serveJobs } from '../common/driver.mjs';
import { memberNames, scoreOf } from './content.mjs';
import { proveBoard, proveLoaded, RADIUS, TOP } from './proof.mjs';

export const WINDOWS = ['all-time', 'daily', 'weekly', 'monthly'];

const BATCH = 1000;
const BATCHES_IN_FLIGHT = 2;

/** Half of the submits beat the member's best, by what the scores of all have grown since. A millisecond is 200 ranks of a million. */
const GROWTH_A_MS = 1000;
/** An increment is worth up to 244 ranks of a million. */
const MOST_ADDED = 2 ** 20;

/**
 * @typedef {{ member: string, score: number }} Entry
 *
 * @typedef {object} Board one board that high scores win, through the calls of one library. Reads give what the library gives
 * @property {(entries: Entry[]) => Promise<unknown>} load up to 1000 new members at once
 * @property {(member: string, score: number) => Promise<number>} submit keeps the better score; gives the rank, from 1
 * @property {(member: string, by: number) => Promise<number>} increment gives the rank as well
 * @property {(count: number) => Promise<unknown>} top
 * @property {(member: string) => Promise<unknown>} member its rank, its score, and of how many
 * @property {(member: string, radius: number) => Promise<unknown>} neighbours those around, at an end of the board as many
 * @property {() => Promise<number[]>} totals how many are in each window
 * @property {(reply: unknown) => number} size of what `top` and `neighbours` give
 * @property {(reply: unknown) => Entry[]} entries of what `top` and `neighbours` give
 * @property {(reply: unknown) => { rank: number, score: number, total: number }} standing of what `member` gives
 *
 * @typedef {(name: string, windows: string[]) => Promise<Board>} OpenBoard of more than one window: only `load`, `totals`, and
 *   `submit`, which reaches all of them and gives the rank in the first
 */

/**
 * Lets the harness load boards, each of which must prove itself then, and drive the operations of one.
 *
 * @param {OpenBoard} open
 * @param {() => Promise<void>} [proveMore] what this library says of its boards beyond that
 */
export function serveBoards(open, proveMore) {
  let operations;
  serveJobs({
    /** A new board, with a proof of what its operations do and give. */
    async load({ members, ids }) {
      await proveBoard(await open('proof', ['all-time']));
      await proveMore?.();
      const board = await open('main', ['all-time']);
      const ms = await fill(board, members, memberNames(ids));
      await proveLoaded(board, members, memberNames(ids));
      return { ms };
    },
    /** A board of four windows, all of which every member must be in then. */
    async loadWindows({ members }) {
      const board = await open('windowed', WINDOWS);
      await fill(board, members, nameOf);
      deepStrictEqual(
        await board.totals(),
        WINDOWS.map(() => members),
      );
    },
    /** What was loaded, maybe by an earlier process of this arm. */
    async open({ members, windowedMembers, loadedAt }) {
      operations = {
        ...operationsOn(await open('main', ['all-time']), members, loadedAt),
        windows: submitTo(await open('windowed', WINDOWS), windowedMembers, loadedAt),
      };
    },
    once: async ({ operation }) => ({ value: await operations[operation]() }),
    loop: ({ operation, ...job }) => loop(operations[operation], 1, job),
  });
}

async function fill(board, members, nameOf) {
  const from = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < members) {
      const first = next;
      next = Math.min(members, first + BATCH);
      const entry = (_, place) => ({ member: nameOf(first + place), score: scoreOf(first + place) });
      await board.load(Array.from({ length: next - first }, entry));
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, lane));
  return performance.now() - from;
}

const nameOf = memberNames('short');
const oneOf = (members) => Math.floor(Math.random() * members);
const isRank = (rank, members) => rank >= 1 && rank <= members;

function submitTo(board, members, loadedAt) {
  return async () => {
    const index = oneOf(members);
    const growth = Math.random() < 0.5 ? (Date.now() - loadedAt) * GROWTH_A_MS : 0;
    return isRank(await board.submit(nameOf(index), scoreOf(index) + growth), members);
  };
}

function operationsOn(board, members, loadedAt) {
  const around = Math.min(members, 2 * RADIUS + 1);
  return {
    submit: submitTo(board, members, loadedAt),
    increment: async () => {
      const by = 1 + Math.floor(Math.random() * MOST_ADDED);
      return isRank(await board.increment(nameOf(oneOf(members)), by), members);
    },
    top: async () => board.size(await board.top(TOP)) === TOP,
    member: async () => {
      const index = oneOf(members);
      const { rank, score, total } = board.standing(await board.member(nameOf(index)));
      return isRank(rank, members) && score >= scoreOf(index) && total === members;
    },
    neighbours: async () => board.size(await board.neighbours(nameOf(oneOf(members)), RADIUS)) === around,
  };
}
