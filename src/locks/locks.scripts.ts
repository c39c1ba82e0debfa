import { defineScript } from '../redis/index.js';

const LOCK = ['lua/lock.lua', 'lua/tokens.lua', 'lua/grant.lua'];
const ASK = [...LOCK, 'lua/queue.lua', 'lua/ask.lua'];

export interface GrantReply {
  readonly token: bigint;
  /** By Redis' clock, epoch ms. */
  readonly endsAt: number;
}

export interface RefusalReply {
  /** Until the first lease ends, unless it is extended. */
  readonly endsInMs: number;
  /** When to ask again; 0 for who does not wait. */
  readonly lookInMs: number;
}

export type AskReply = GrantReply | RefusalReply;

export interface HolderReply extends GrantReply {
  readonly mode: 'exclusive' | 'shared';
  readonly owner: string;
}

export interface InspectReply {
  readonly holders: readonly HolderReply[];
  readonly waiting: readonly { readonly channel: string; readonly crowd: number }[];
}

function readAnswer([granted, first, second]: readonly unknown[]): AskReply {
  return granted === 1
    ? { token: BigInt(first as string), endsAt: second as number }
    : { endsInMs: first as number, lookInMs: second as number };
}

export const acquireLease = defineScript({
  name: 'locks.acquire',
  directory: __dirname,
  includes: ASK,
  keys: ['leases', 'queue', 'waiters', 'fence'],
  args: ['id', 'ttlMs', 'floor', 'heeds', 'owner', 'terms'],
  reply: (raw) => readAnswer(raw as unknown[]),
});

export const acquireAll = defineScript({
  name: 'locks.acquire-all',
  directory: __dirname,
  keys: [],
  args: ['mode', 'ttlMs', 'floor', 'owner'],
  reply: (raw) => (raw === null ? null : (readAnswer(raw as unknown[]) as GrantReply)),
});

export const releaseLease = defineScript({
  name: 'locks.release',
  directory: __dirname,
  includes: [...ASK, 'lua/drop.lua'],
  keys: ['leases', 'queue', 'waiters', 'fence'],
  args: ['id', 'floor', 'heeds', 'next', 'ttlMs', 'owner', 'terms'],
  reply: (raw) => {
    const [released, ...next] = raw as unknown[];
    return { released: released === 1, next: next.length > 0 ? readAnswer(next) : undefined };
  },
});

export const extendLease = defineScript({
  name: 'locks.extend',
  directory: __dirname,
  includes: LOCK,
  keys: ['leases'],
  args: ['id', 'ttlMs'],
  reply: (raw) => {
    if (raw === null) return null;
    const [, token, endsAt, mode] = raw as [number, string, number, string];
    return { token: BigInt(token), endsAt, mode: toMode(mode) };
  },
});

export const admitToken = defineScript({
  name: 'locks.admit',
  directory: __dirname,
  includes: ['lua/fence.lua'],
  keys: ['mark'],
  args: ['token'],
  reply: (raw) => raw === 1,
});

export const inspectLock = defineScript({
  name: 'locks.inspect',
  directory: __dirname,
  includes: [...LOCK, 'lua/queue.lua'],
  keys: ['leases', 'queue', 'waiters'],
  args: [],
  reply: (raw): InspectReply => {
    const [holders, waiting] = raw as [[string, string, number, string][], [string, number][]];
    return {
      holders: holders.map(([mode, token, endsAt, owner]) => ({
        mode: toMode(mode),
        token: BigInt(token),
        endsAt,
        owner,
      })),
      waiting: waiting.map(([channel, crowd]) => ({ channel, crowd })),
    };
  },
});

function toMode(letter: string): 'exclusive' | 'shared' {
  return letter === 's' ? 'shared' : 'exclusive';
}
