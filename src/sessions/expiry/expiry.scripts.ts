import { join } from 'node:path';
import { defineScript, NOW } from '../../redis/index.js';
import type { StoredInfo } from '../stored-session.js';

const SESSIONS = [NOW, join('..', 'lua', 'fields.lua'), join('..', 'lua', 'sessions-of.lua')];

export const scheduleLook = defineScript({
  name: 'sessions.schedule',
  directory: __dirname,
  includes: [NOW],
  keys: ['due'],
  args: ['tag', 'afterMs', 'keepMs'],
  reply: (raw) => raw as number,
});

export interface Claim {
  readonly tag: string;
  /** Its score, which ends with the claim. */
  readonly score: string;
}

export const claimDue = defineScript({
  name: 'sessions.claim',
  directory: __dirname,
  includes: [NOW],
  keys: ['due'],
  args: ['leaseMs', 'most'],
  reply: (raw): Claim[] => {
    const claims = raw as string[];
    return claims.flatMap((tag, at) => (at % 2 === 0 ? [{ tag, score: claims[at + 1] }] : []));
  },
});

export const settleClaim = defineScript({
  name: 'sessions.settle',
  directory: __dirname,
  keys: ['due'],
  args: ['tag', 'claim', 'nextAt', 'keepMs'],
  reply: (raw) => raw === 1,
});

export const readExpired = defineScript({
  name: 'sessions.expired',
  directory: __dirname,
  includes: SESSIONS,
  keys: ['user'],
  args: [],
  reply: (raw) => JSON.parse(raw as string) as [id: string, ...info: StoredInfo][],
});

export const dropExpired = defineScript({
  name: 'sessions.drop',
  directory: __dirname,
  includes: SESSIONS,
  keys: ['user'],
  args: ['ids'],
  reply: (raw) => raw as number,
});
