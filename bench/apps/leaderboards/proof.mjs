// A board shows that it is one before it is measured.
import { deepStrictEqual, strictEqual } from 'node:assert';
import { rankingOf, scoreOf } from './content.mjs';

export const TOP = 10;
export const RADIUS = 5;

/** What submits and increments do and give, on an empty board. */
export async function proveBoard(board) {
  strictEqual(await board.submit('ada', 30), 1);
  strictEqual(await board.submit('bob', 20), 2);
  strictEqual(await board.submit('cyd', 40), 1);
  strictEqual(await board.submit('cyd', 10), 1, 'a worse score must change nothing');
  strictEqual(await board.submit('bob', 35), 2);
  strictEqual(await board.increment('ada', 7), 2);
  deepStrictEqual(board.entries(await board.top(TOP)), [
    { member: 'cyd', score: 40 },
    { member: 'ada', score: 37 },
    { member: 'bob', score: 35 },
  ]);
  deepStrictEqual(board.standing(await board.member('bob')), { rank: 3, score: 35, total: 3 });
}

/** What reads give right after a board was loaded, its two ends among them. */
export async function proveLoaded(board, members, nameOf) {
  const ranking = rankingOf(members);
  const entryAt = (place) => ({ member: nameOf(ranking[place]), score: scoreOf(ranking[place]) });
  const entries = (first, count) => Array.from({ length: count }, (_, place) => entryAt(first + place));
  deepStrictEqual(board.entries(await board.top(TOP)), entries(0, TOP));
  const around = 2 * RADIUS + 1;
  for (const place of [0, 2, members >> 1, members - 2, members - 1]) {
    const { member, score } = entryAt(place);
    const standing = board.standing(await board.member(member));
    deepStrictEqual(standing, { rank: place + 1, score, total: members });
    const first = Math.min(Math.max(place - RADIUS, 0), members - around);
    const neighbours = board.entries(await board.neighbours(member, RADIUS));
    deepStrictEqual(neighbours, entries(first, around));
  }
}
