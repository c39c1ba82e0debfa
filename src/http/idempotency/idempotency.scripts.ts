import { defineScript } from '../../redis/index.js';

export const claimKey = defineScript({
  name: 'idempotency.claim',
  directory: __dirname,
  keys: ['answer'],
  args: ['fingerprint', 'claim', 'pendingTtlMs'],
  reply: (raw) => raw as string | null,
});

export const completeKey = defineScript({
  name: 'idempotency.complete',
  directory: __dirname,
  keys: ['answer'],
  args: ['fingerprint', 'claim', 'sealed', 'ttlMs'],
  reply: (raw) => raw === 1,
});

export const releaseKey = defineScript({
  name: 'idempotency.release',
  directory: __dirname,
  keys: ['answer'],
  args: ['fingerprint', 'claim'],
  reply: (raw) => raw === 1,
});
