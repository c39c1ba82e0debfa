import { defineScript, NOW } from '../redis/index.js';

/** What a script says that was called under wrong assumptions, and has done nothing. */
export type Refusal =
  | { readonly refused: 'unknown' }
  | { readonly refused: 'redefined'; readonly definition: string }
  | { readonly refused: 'elsewhere'; readonly redisMs: number };

/** A refusal, or what the script gives. */
export type Answer<R> = Refusal | { readonly value: R };

/** Some of a window's entries, as they stand in its set. */
export interface EntriesReply {
  readonly total: number;
  /** Rank of the first one, from 0. */
  readonly first: number;
  readonly entries: readonly Buffer[];
  /** JSON of each entry. */
  readonly metadata?: readonly (Buffer | null)[];
}

const GUARD = [NOW, 'lua/guard.lua'];
const READS = [...GUARD, 'lua/scores.lua', 'lua/page.lua'];

function answer<R>(read: (values: readonly unknown[]) => R): (raw: unknown) => Answer<R> {
  return (raw) => {
    const [code, ...values] = raw as readonly unknown[];
    if (code === 1) return { value: read(values) };
    if (code === 2) return { refused: 'redefined', definition: String(values[0]) };
    return code === 3 ? { refused: 'elsewhere', redisMs: values[0] as number } : { refused: 'unknown' };
  };
}

function readEntries([total, first, entries, metadata]: readonly unknown[]): EntriesReply {
  return {
    total: total as number,
    first: first as number,
    entries: entries as Buffer[],
    metadata: metadata === 0 ? undefined : (metadata as (Buffer | null)[]),
  };
}

export const defineBoard = defineScript({
  name: 'leaderboard.define',
  directory: __dirname,
  keys: ['board'],
  args: ['version', 'definition', 'fixed', 'id'],
  reply: (raw) => raw === 1,
});

export const deleteBoard = defineScript({
  name: 'leaderboard.delete',
  directory: __dirname,
  keys: ['board', 'periods'],
  args: ['periods'],
  reply: (raw) => (['unknown', 'deleted', 'outgrown'] as const)[raw as 0 | 1 | 2],
});

export const submitScores = defineScript({
  name: 'leaderboard.submit',
  directory: __dirname,
  includes: [...GUARD, 'lua/scores.lua', 'lua/windows.lua', 'lua/entry.lua'],
  keys: ['board', 'periods', 'mark'],
  args: ['version', 'fromMs', 'untilMs', 'width', 'tie', 'zeroHigh', 'zeroLow', 'markMs'],
  reply: answer((values) => values as (number | string)[]),
});

export const readTop = defineScript({
  name: 'leaderboard.top',
  directory: __dirname,
  includes: [...READS, 'lua/position.lua'],
  keys: ['board', 'set', 'metadata'],
  args: ['version', 'fromMs', 'untilMs', 'width', 'limit', 'after'],
  isBinary: true,
  reply: answer(readEntries),
});

export const readAround = defineScript({
  name: 'leaderboard.around',
  directory: __dirname,
  includes: READS,
  keys: ['board', 'set', 'members', 'metadata'],
  args: ['version', 'fromMs', 'untilMs', 'width', 'id', 'radius'],
  isBinary: true,
  reply: answer((values) => (values.length > 1 ? readEntries(values) : null)),
});

export const readRanks = defineScript({
  name: 'leaderboard.ranks',
  directory: __dirname,
  includes: [...GUARD, 'lua/scores.lua'],
  keys: ['board', 'set', 'members', 'metadata'],
  args: ['version', 'fromMs', 'untilMs', 'width'],
  reply: answer(([total, ...values]) => ({ total: total as number, values })),
});

export const removeMember = defineScript({
  name: 'leaderboard.remove',
  directory: __dirname,
  includes: [...GUARD, 'lua/scores.lua'],
  keys: ['board', 'periods'],
  args: ['version', 'width', 'id', 'periods'],
  reply: answer(([removed]) => (removed === -1 ? 'outgrown' : (removed as number))),
});

export const trimWindow = defineScript({
  name: 'leaderboard.trim',
  directory: __dirname,
  includes: GUARD,
  keys: ['board', 'set', 'members', 'metadata'],
  args: ['version', 'fromMs', 'untilMs', 'width', 'best', 'most'],
  reply: answer(([removed]) => removed as number),
});
