import { Injectable } from '@nestjs/common';
import { Settings } from '../config/index.js';
import { RedisClient } from '../redis/index.js';
import type { Device, Session, SessionData } from './session.js';
import { mintToken, parseToken, type SessionCredential } from './session-token.js';
import { SessionInvalidError, SessionTooLargeError } from './sessions.errors.js';
import { SessionsKeys } from './sessions.keys.js';
import {
  createSession,
  revokeSession,
  revokeUserSessions,
  type StoredInfo,
  type StoredSession,
  verifySession,
} from './sessions.scripts.js';

export const MAX_DATA_BYTES = 65_536;

export interface NewSession {
  readonly userId: string;
  readonly roles?: readonly string[];
  readonly data?: Partial<SessionData> & Record<string, unknown>;
  readonly device?: Device;
  /** Default: SESSION_IDLE_TTL_MS. */
  readonly idleTtlMs?: number;
  /** Default: SESSION_ABSOLUTE_TTL_MS. */
  readonly absoluteTtlMs?: number;
}

/**
 * Sessions in Redis, one hash a user: `HGETALL holdfast:default:sessions:{<tag>}:user`.
 * A session with id S has the fields `S` (SHA-256 of its secret in 43 characters; expiry, absolute expiry, last use
 * and idle timeout in 13 digits each; the names of its data fields), `S:i` (user, roles, device) and `S:d:<name>` (one
 * a data field). Few fields, because Redis looks each of them up by going through a small hash.
 * One hash means that a user's sessions share a Cluster slot, need no index that could hold dead entries, and are
 * all revoked by one UNLINK. The key expires with the longest of them.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: SessionsKeys,
    private readonly settings: Settings,
  ) {}

  /**
   * Starts a session. One round trip, O(sessions of the user).
   *
   * @returns the token, which is nowhere stored and cannot be read again, and the session.
   * @throws SessionTooLargeError, StateStoreUnavailableError
   */
  async create(input: NewSession): Promise<{ token: string; session: Session }> {
    const { userId, roles = [], data = {}, device = {} } = input;
    const absoluteTtlMs = input.absoluteTtlMs ?? this.settings.sessionAbsoluteTtlMs;
    const idleTtlMs = Math.min(input.idleTtlMs ?? this.settings.sessionIdleTtlMs, absoluteTtlMs);
    const minted = mintToken(this.keys.tag(userId));
    const info: StoredInfo = { u: userId, r: roles, d: device, a: absoluteTtlMs };
    const { now, expiresAt, absoluteExpiresAt } = await this.redis.run(createSession, {
      keys: { user: this.keys.user(minted.tag) },
      args: {
        id: minted.id,
        verifier: minted.verifier,
        idleTtlMs,
        absoluteTtlMs,
        info: JSON.stringify(info),
      },
      rest: dataFields(data),
    });
    const session = { id: minted.id, userId, roles, data: data as Session['data'], device };
    return {
      token: minted.token,
      session: { ...session, createdAt: now, lastSeenAt: now, expiresAt, absoluteExpiresAt },
    };
  }

  /**
   * Checks a token and reads its session; slides the idle timeout once a tenth of it has passed.
   * One round trip, O(data fields).
   *
   * @throws SessionInvalidError for whatever is not the token of a live session, StateStoreUnavailableError
   */
  verify(token: string | undefined): Promise<Session> {
    const credential = token === undefined ? undefined : parseToken(token);
    if (!credential) return Promise.reject(new SessionInvalidError());
    return this.redis.run(verifySession, this.address(credential)).then((stored) => {
      if (!stored) throw new SessionInvalidError();
      return toSession(credential.id, stored);
    });
  }

  /**
   * Ends the session of a token, on every replica at once. One round trip.
   *
   * @throws SessionInvalidError when it was not live, StateStoreUnavailableError
   */
  async revoke(token: string | undefined): Promise<void> {
    const credential = token === undefined ? undefined : parseToken(token);
    const revoked = credential && (await this.redis.run(revokeSession, this.address(credential)));
    if (!revoked) throw new SessionInvalidError();
  }

  /**
   * Ends all sessions of a user, on every replica at once. One round trip, O(sessions of the user).
   *
   * @returns how many were live.
   * @throws StateStoreUnavailableError
   */
  revokeAll(userId: string): Promise<number> {
    const user = this.keys.user(this.keys.tag(userId));
    return this.redis.run(revokeUserSessions, { keys: { user }, args: {} });
  }

  private address({ tag, id, verifier }: SessionCredential) {
    return { keys: { user: this.keys.user(tag) }, args: { id, verifier } };
  }
}

/** Names and values in turn; each field is stored apart, so that writers of different fields do not meet. */
function dataFields(data: Record<string, unknown>): string[] {
  const fields = Object.entries(data)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [name, JSON.stringify(value)]);
  const bytes = fields.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_DATA_BYTES) throw new SessionTooLargeError(MAX_DATA_BYTES);
  return fields;
}

function toSession(id: string, stored: StoredSession): Session {
  const { info, data, lastSeenAt, expiresAt, absoluteExpiresAt } = stored;
  return {
    id,
    userId: info.u,
    roles: info.r,
    data,
    device: info.d,
    createdAt: absoluteExpiresAt - info.a,
    lastSeenAt,
    expiresAt,
    absoluteExpiresAt,
  };
}
