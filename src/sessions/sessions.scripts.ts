import { defineScript, NOW } from '../redis/index.js';
import type { EndedSession, StoredInfo, StoredSession } from './stored-session.js';

const FIELDS = [NOW, 'lua/fields.lua'];
const OPEN = [...FIELDS, 'lua/open.lua'];
const SESSIONS_OF = 'lua/sessions-of.lua';
const DESCRIBE = 'lua/describe.lua';

/** What the scripts answer that open a session: itself, that an old secret ended it, a number, or nothing. */
function readOpened(raw: unknown): StoredSession | EndedSession | number | null {
  if (typeof raw !== 'string') return raw as number | null;
  return raw.startsWith('!') ? readEnded(raw.slice(1), true) : (JSON.parse(raw) as StoredSession);
}

function readEnded(info: string, reused: boolean): EndedSession {
  const [, , userId] = JSON.parse(info) as StoredInfo;
  return { userId, reused };
}

export const createSession = defineScript({
  name: 'sessions.create',
  directory: __dirname,
  includes: [...OPEN, SESSIONS_OF, 'lua/make-room.lua'],
  keys: ['user'],
  args: [
    'id',
    'verifier',
    'idleMs',
    'absoluteMs',
    'info',
    'device',
    'data',
    'max',
    'policy',
    'oldId',
    'oldVerifier',
    'keepMs',
    'channel',
  ],
  reply: (raw) => {
    if (raw === 0) return null;
    const [now, evicted, replaced] = raw as [number, string, number];
    return { now, evicted: readIds(evicted), replaced: replaced === 1, reused: replaced === 2 };
  },
});

export const verifySession = defineScript({
  name: 'sessions.verify',
  directory: __dirname,
  includes: [...OPEN, DESCRIBE],
  keys: ['user'],
  args: ['id', 'verifier', 'keepMs'],
  reply: (raw) => readOpened(raw) as StoredSession | EndedSession | null,
});

export const updateSession = defineScript({
  name: 'sessions.update',
  directory: __dirname,
  includes: [...OPEN, DESCRIBE, 'lua/data.lua'],
  keys: ['user'],
  args: ['id', 'verifier', 'set', 'unset', 'increment', 'maxBytes', 'maxFields', 'keepMs', 'channel'],
  reply: readOpened,
});

export const rotateSession = defineScript({
  name: 'sessions.rotate',
  directory: __dirname,
  includes: [...OPEN, DESCRIBE, 'lua/change-roles.lua'],
  keys: ['user'],
  args: ['id', 'verifier', 'next', 'graceMs', 'roles', 'authenticated', 'keepMs', 'channel'],
  reply: readOpened,
});

export const revokeSession = defineScript({
  name: 'sessions.revoke',
  directory: __dirname,
  includes: OPEN,
  keys: ['user'],
  args: ['id', 'verifier', 'channel'],
  reply: (raw) => {
    if (typeof raw !== 'string') return null;
    return raw.startsWith('!') ? readEnded(raw.slice(1), true) : readEnded(raw, false);
  },
});

export const revokeSessionById = defineScript({
  name: 'sessions.revoke-id',
  directory: __dirname,
  includes: FIELDS,
  keys: ['user'],
  args: ['id', 'channel'],
  reply: (raw) => raw === 1,
});

export const revokeUserSessions = defineScript({
  name: 'sessions.revoke-all',
  directory: __dirname,
  includes: [...FIELDS, SESSIONS_OF],
  keys: ['user'],
  args: ['exceptId', 'keepMs', 'channel'],
  reply: readIds,
});

export const listSessions = defineScript({
  name: 'sessions.list',
  directory: __dirname,
  includes: [...FIELDS, SESSIONS_OF, DESCRIBE],
  keys: ['user'],
  args: [],
  reply: (raw) => JSON.parse(raw as string) as [id: string, session: StoredSession][],
});

export const setUserRoles = defineScript({
  name: 'sessions.set-roles',
  directory: __dirname,
  includes: [...FIELDS, SESSIONS_OF, 'lua/change-roles.lua'],
  keys: ['user'],
  args: ['roles', 'keepMs', 'channel'],
  reply: (raw) => raw as number,
});

function readIds(raw: unknown): string[] {
  return raw === '' ? [] : (raw as string).split(' ');
}
