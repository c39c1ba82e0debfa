import { ValidationFailedError } from '../errors/index.js';
import { DATA_RULE, isSessionData } from './dto/is-session-data.js';
import type { Device, DeviceSession, Session } from './session.js';
import { restoreUserAgent, shortenUserAgent } from './user-agent.js';

/** A session as describe.lua writes it. Instants are epoch milliseconds. */
export type StoredSession = readonly [
  now: number,
  unusedMs: number,
  idleMs: number,
  /** Until the absolute timeout. */
  leftMs: number,
  /** 0: at the creation. */
  authenticatedAt: number,
  data: Session['data'],
  device: readonly (string | null)[],
  ...info: StoredInfo,
];

/** What is said once, at the creation. */
export type StoredInfo = readonly [roles: readonly string[], absoluteMs: number, userId: string];

/** Of a session that the use of an old secret has ended, or that was revoked. */
export interface EndedSession {
  readonly userId: string;
  readonly reused: boolean;
}

/** All but the device, which is not read on every request. */
export function toSession(id: string, stored: StoredSession): Session {
  const [readAt, unusedMs, idleMs, leftMs, authenticatedAt, data] = stored;
  const [lastSeenAt, absoluteExpiresAt] = [readAt - unusedMs, readAt + leftMs];
  const createdAt = absoluteExpiresAt - stored[8];
  return {
    id,
    userId: stored[9],
    roles: stored[7],
    data,
    createdAt,
    lastSeenAt,
    expiresAt: Math.min(lastSeenAt + idleMs, absoluteExpiresAt),
    absoluteExpiresAt,
    authenticatedAt: authenticatedAt || createdAt,
    readAt,
  };
}

export function toDeviceSession(id: string, stored: StoredSession): DeviceSession {
  const [userAgent, ip, name] = stored[6];
  const device = {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof ip === 'string' ? { ip } : {}),
    ...(typeof userAgent === 'string' ? { userAgent: restoreUserAgent(userAgent) } : {}),
  };
  return { ...toSession(id, stored), device };
}

/** A JSON list without its brackets. The roles come first and end with the line, where scripts find them. */
export function infoText([roles, absoluteMs, userId]: StoredInfo): string {
  return `${rolesText(roles)},\n${absoluteMs},${JSON.stringify(userId)}`;
}

export const rolesText = (roles: readonly string[]): string => JSON.stringify(roles);

/** A JSON list without its brackets, the likeliest first, so that what is absent takes no room. */
export function deviceText({ userAgent, ip, name }: Device): string {
  const values = [userAgent === undefined ? undefined : shortenUserAgent(userAgent), ip, name];
  while (values.length > 0 && values.at(-1) === undefined) values.pop();
  return JSON.stringify(values).slice(1, -1);
}

/**
 * A line a field, with its name, as it is stored: JSON has no line breaks of its own.
 *
 * @throws ValidationFailedError for names that cannot be stored, and values nested too deep.
 */
export function dataLines(data: Readonly<Record<string, unknown>>, path: string): string {
  if (!isSessionData(data)) throw new ValidationFailedError([{ path, message: DATA_RULE }]);
  return Object.entries(data)
    .map(([name, value]) => [name, JSON.stringify(value) as string | undefined])
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `"${name}":${text}`)
    .join('\n');
}
