import { defineScript, NOW } from '../redis/index.js';

export interface RawRead {
  /** Redis' time, ms. */
  readonly now: number;
  readonly frame: Buffer | null;
  /** Whether the lease is the caller's; undefined where none was due. */
  readonly won?: boolean;
}

export const readEntry = defineScript({
  name: 'cache.read',
  directory: __dirname,
  includes: [NOW],
  keys: ['entry'],
  args: ['lease', 'leaseTtlMs', 'rejected', 'mode'],
  isBinary: true,
  reply: (raw): RawRead => {
    const [now, frame, won] = raw as [number, Buffer | null, number | undefined];
    return { now, frame, won: won === undefined ? undefined : won === 1 };
  },
});

export const storeEntry = defineScript({
  name: 'cache.store',
  directory: __dirname,
  includes: [NOW],
  keys: ['entry'],
  args: ['lease', 'ttlMs', 'graceMs', 'body', 'channel'],
  reply: (raw) => raw === 1,
});

export const takeEntry = defineScript({
  name: 'cache.take',
  directory: __dirname,
  includes: [NOW],
  keys: ['entry'],
  args: ['channel'],
  isBinary: true,
  reply: (raw): Omit<RawRead, 'won'> => {
    const [now, frame] = raw as [number, Buffer | null];
    return { now, frame };
  },
});

export const releaseLease = defineScript({
  name: 'cache.release',
  directory: __dirname,
  keys: ['entry'],
  args: ['lease', 'channel'],
  reply: (raw) => raw === 1,
});

export const stampTag = defineScript({
  name: 'cache.stamp',
  directory: __dirname,
  keys: ['tag'],
  args: ['fresh', 'ttlMs'],
  isBinary: true,
  reply: (raw) => raw as Buffer,
});

export const invalidateTag = defineScript({
  name: 'cache.invalidate',
  directory: __dirname,
  includes: [NOW],
  keys: ['tag'],
  args: ['fresh', 'ttlMs', 'channel'],
  reply: (raw) => raw === 1,
});

export const probeBreaker = defineScript({
  name: 'cache.probe',
  directory: __dirname,
  keys: ['breaker', 'probe'],
  args: ['probeEveryMs'],
  reply: (raw) => raw as number,
});

export const tripBreaker = defineScript({
  name: 'cache.trip',
  directory: __dirname,
  keys: ['breaker', 'probe'],
  args: ['openMs', 'probeEveryMs'],
  reply: (raw) => raw === 1,
});
