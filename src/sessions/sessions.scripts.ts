import { defineScript } from '../redis/index.js';

/** What verify.lua tells of a session: its info, three instants, then data names and values in turn. */
export type StoredSession = readonly [
  info: string,
  lastSeenAt: number,
  expiresAt: number,
  absoluteExpiresAt: number,
  ...data: string[],
];

export const createSession = defineScript({
  name: 'sessions.create',
  directory: __dirname,
  keys: ['user'],
  args: ['id', 'verifier', 'idleTtlMs', 'absoluteTtlMs', 'info'],
  reply: (raw) => {
    const [now, expiresAt, absoluteExpiresAt] = raw as number[];
    return { now, expiresAt, absoluteExpiresAt };
  },
});

export const verifySession = defineScript({
  name: 'sessions.verify',
  directory: __dirname,
  keys: ['user'],
  args: ['id', 'verifier'],
  reply: (raw) => raw as StoredSession | null,
});

export const revokeSession = defineScript({
  name: 'sessions.revoke',
  directory: __dirname,
  keys: ['user'],
  args: ['id', 'verifier'],
  reply: (raw) => raw === 1,
});

export const revokeUserSessions = defineScript({
  name: 'sessions.revoke-all',
  directory: __dirname,
  keys: ['user'],
  args: [],
  reply: (raw) => raw as number,
});
