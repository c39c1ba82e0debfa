import { defineScript } from '../redis/index.js';

export const readEntry = defineScript({
  name: 'cache.read',
  directory: __dirname,
  keys: ['entry'],
  args: ['lease', 'leaseTtlMs'],
  reply: (raw) => raw as string,
});

export const storeEntry = defineScript({
  name: 'cache.store',
  directory: __dirname,
  keys: ['entry'],
  args: ['lease', 'value', 'ttlMs'],
  reply: (raw) => raw === 1,
});

export const releaseLease = defineScript({
  name: 'cache.release',
  directory: __dirname,
  keys: ['entry'],
  args: ['lease'],
  reply: (raw) => raw === 1,
});
