import { defineScript } from '../redis/index.js';
import type { Device, Session } from './session.js';

/** What is fixed at a session's creation. Short names: it is stored once a session, as JSON. */
export interface StoredInfo {
  /** The user. */
  readonly u: string;
  /** The roles. */
  readonly r: readonly string[];
  /** The device. */
  readonly d: Device;
  /** The absolute timeout in milliseconds, from which the creation follows. */
  readonly a: number;
}

/** What verify.lua tells of a session. */
export interface StoredSession {
  readonly info: StoredInfo;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly absoluteExpiresAt: number;
  readonly data: Session['data'];
}

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
  reply: (raw) => (raw === null ? null : (JSON.parse(raw as string) as StoredSession)),
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
