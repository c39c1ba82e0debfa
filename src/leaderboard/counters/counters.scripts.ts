import { defineScript, NOW } from '../../redis/index.js';

const WINDOWS = 'lua/windows.lua';

/** What callers have asked of a counter. */
export interface OptionsReply {
  readonly shards: number;
  readonly windowed: boolean;
}

export interface AddReply extends OptionsReply {
  readonly value: bigint;
}

export interface ReadReply extends AddReply {
  /** Since 1970, by Redis' clock. */
  readonly minute: number;
  /** As lua/windows.lua says; empty where there are none. */
  readonly windows: Buffer;
}

export const addToCounter = defineScript({
  name: 'counters.add',
  directory: __dirname,
  includes: [NOW, WINDOWS],
  keys: ['value', 'options', 'windows', 'mark'],
  args: ['by', 'number', 'markTtlMs', 'idleTtlMs', 'shards', 'windowed'],
  reply: (raw): AddReply | null => {
    if (raw === null) return null;
    const [value, shards, windowed] = raw as [string, number, number];
    return { value: BigInt(value), shards, windowed: windowed === 1 };
  },
});

export const readCounter = defineScript({
  name: 'counters.read',
  directory: __dirname,
  includes: [NOW],
  keys: ['value', 'options', 'windows'],
  args: ['withWindows'],
  isBinary: true,
  reply: (raw): ReadReply => {
    const [value, shards, windowed, minute, windows] = raw as [Buffer, number, number, number, Buffer];
    return { value: BigInt(String(value)), shards, windowed: windowed === 1, minute, windows };
  },
});

export const deleteCounter = defineScript({
  name: 'counters.delete',
  directory: __dirname,
  keys: ['value', 'options', 'windows'],
  args: ['shardsDeleted'],
  reply: (raw) => raw as number,
});
