import { Injectable } from '@nestjs/common';
import { MAX_FIELDS } from './dto/is-session-data.js';
import type { DeviceSession, IssuedSession, Session } from './session.js';
import { changeArguments, type DataChange, type NewSession } from './session-changes.js';
import { credentialOf, mintToken, parseToken, type SessionCredential } from './session-token.js';
import {
  SessionAlreadyRotatedError,
  SessionFieldNotNumberError,
  SessionInvalidError,
  SessionLimitReachedError,
  SessionTooLargeError,
} from './sessions.errors.js';
import {
  createSession,
  revokeSession,
  rotateSession,
  updateSession,
  verifySession,
} from './sessions.scripts.js';
import {
  dataLines,
  deviceText,
  type EndedSession,
  infoText,
  rolesText,
  type StoredSession,
  toDeviceSession,
  toSession,
} from './stored-session.js';
import { UserSessions } from './user-sessions.js';

export const MAX_DATA_BYTES = 65_536;

/** What a rotation changes besides the secret. */
export interface Rotation {
  /** The user has just proved who it is: `authenticatedAt` becomes now. */
  readonly authenticated?: boolean;
  /** The session has these roles from now on. */
  readonly roles?: readonly string[];
}

/**
 * Sessions in Redis, by their tokens, and by their users as {@link UserSessions} says. One hash a user,
 * `HGETALL holdfast:default:sessions:{<tag>}:user`; lua/fields.lua says what lies in it. One hash means that a user's
 * sessions share a Cluster slot, need no index that could hold dead entries, and are all revoked by one UNLINK. The key
 * expires with the longest of them.
 */
@Injectable()
export class SessionsService extends UserSessions {
  /**
   * Starts a session, under an id and a secret of its own whatever the client had before. One round trip, O(sessions of
   * the user); one more with listeners to `expired`, and one more when `replaces` is another user's.
   *
   * @throws SessionLimitReachedError when the cap refuses, ValidationFailedError, SessionTooLargeError,
   * StateStoreUnavailableError
   */
  async create(input: NewSession): Promise<IssuedSession> {
    const { userId, roles = [], data = {}, device = {} } = input;
    const absoluteMs = input.absoluteTtlMs ?? this.settings.sessionAbsoluteTtlMs;
    const idleMs = Math.min(input.idleTtlMs ?? this.settings.sessionIdleTtlMs, absoluteMs);
    const { token, ...credential } = mintToken(this.keys.tag(userId));
    const old = input.replaces === undefined ? undefined : parseToken(input.replaces);
    const own = old?.tag === credential.tag ? old : undefined;
    const text = { info: infoText([roles, absoluteMs, userId]), device: deviceText(device) };
    const { keys, args } = this.address(credential);
    const given = { ...text, data: limited(dataLines(data, 'data')), ...this.cap(input) };
    await this.expiry.schedule(credential.tag, idleMs);
    const created = await this.redis.run(createSession, {
      keys,
      args: {
        ...args,
        idleMs,
        absoluteMs,
        ...given,
        oldId: own?.id ?? '',
        oldVerifier: own?.verifier ?? '',
      },
    });
    if (!created) throw new SessionLimitReachedError();
    this.tellOfLogin(userId, credential.id, created, own);
    if (old && !own) await this.end(old, 'replaced');
    const { now } = created;
    const fixed = [roles, absoluteMs, userId] as const;
    const stored: StoredSession = [now, 0, idleMs, absoluteMs, 0, data, [], ...fixed];
    return { token, session: { ...toSession(credential.id, stored), device } };
  }

  /**
   * Checks a token and reads its session, all but the device; slides the idle timeout once a tenth of it has passed.
   * One round trip, O(data fields).
   *
   * @throws SessionInvalidError for whatever is not the token of a live session, StateStoreUnavailableError
   */
  verify(token: string | undefined): Promise<Session> {
    if (token === undefined) return Promise.reject(new SessionInvalidError());
    const credential = credentialOf(token);
    const { tag, id, verifier } = credential;
    const keys = { user: this.keys.user(tag) };
    const args = { id, verifier, keepMs: this.expiry.keepMs };
    return this.redis.run(verifySession, { keys, args }).then((stored) => {
      if (!isStored(stored)) throw this.refusal(credential, stored);
      return toSession(credential.id, stored);
    });
  }

  /** As {@link verify}, with the device. One round trip. */
  read(token: string | undefined): Promise<DeviceSession> {
    return this.update(token, {});
  }

  /**
   * Changes fields of the data, as one step: of writers of different fields none loses anything. Nothing is written for
   * a session that has ended. Slides as {@link verify} does. One round trip, O(data fields).
   *
   * @throws SessionInvalidError, SessionTooLargeError, SessionFieldNotNumberError, ValidationFailedError,
   * StateStoreUnavailableError
   */
  async update(token: string | undefined, change: DataChange): Promise<DeviceSession> {
    const credential = credentialFrom(token);
    const { keys, args } = this.address(credential);
    const limits = { maxBytes: MAX_DATA_BYTES, maxFields: MAX_FIELDS };
    const changes = changeArguments(change);
    const stored = await this.redis.run(updateSession, { keys, args: { ...args, ...changes, ...limits } });
    if (stored === 1) throw new SessionTooLargeError(MAX_DATA_BYTES, MAX_FIELDS);
    if (stored === 2) throw new SessionFieldNotNumberError();
    if (!isStored(stored)) throw this.refusal(credential, stored);
    return toDeviceSession(credential.id, stored);
  }

  /**
   * Gives a session another secret; its id, its data and its device stay. The old token works for
   * SESSION_ROTATION_GRACE_MS, for requests that are on their way; its use after that ends the session. With new roles or
   * an authentication it stops at once, and its use within the grace ends nothing. Rotate whenever the session's
   * privileges change. One round trip.
   *
   * @throws SessionAlreadyRotatedError for a token in its grace, SessionInvalidError, StateStoreUnavailableError
   */
  async rotate(token: string | undefined, rotation: Rotation = {}): Promise<IssuedSession> {
    const credential = credentialFrom(token);
    const next = mintToken(credential.tag, credential.id);
    const { keys, args } = this.address(credential);
    const stored = await this.redis.run(rotateSession, {
      keys,
      args: {
        ...args,
        next: next.verifier,
        graceMs: this.settings.sessionRotationGraceMs,
        roles: rotation.roles ? rolesText(rotation.roles) : '',
        authenticated: rotation.authenticated ? 1 : 0,
      },
    });
    if (stored === 1) throw new SessionAlreadyRotatedError();
    if (!isStored(stored)) throw this.refusal(credential, stored);
    const session = toDeviceSession(credential.id, stored);
    this.tell('rotated', session.userId, session.id);
    return { token: next.token, session };
  }

  /**
   * The user of a session has proved again who it is: `authenticatedAt` becomes now, and the secret is rotated. One round
   * trip. @throws as {@link rotate}
   */
  reauthenticate(token: string | undefined): Promise<IssuedSession> {
    return this.rotate(token, { authenticated: true });
  }

  /**
   * Ends the session of a token, on every replica at once. One round trip.
   *
   * @throws SessionInvalidError when it was not live, StateStoreUnavailableError
   */
  async revoke(token: string | undefined): Promise<void> {
    const credential = credentialFrom(token);
    const ended = await this.end(credential, 'logout');
    if (!ended || ended.reused) throw new SessionInvalidError();
  }

  /** Whoever holds an old token may end its session, at a login as at a logout. */
  private async end(
    credential: SessionCredential,
    reason: 'logout' | 'replaced',
  ): Promise<EndedSession | null> {
    const ended = await this.redis.run(revokeSession, this.address(credential));
    if (ended?.reused) this.refusal(credential, ended);
    else if (ended) this.tell('revoked', ended.userId, credential.id, reason);
    return ended;
  }

  /** The same for all that is refused, but an old secret that has ended its session is told of. */
  private refusal(credential: SessionCredential, ended: EndedSession | number | null): SessionInvalidError {
    if (ended !== null && typeof ended === 'object') {
      this.tell('reused', ended.userId, credential.id);
      this.cut(credential.tag);
    }
    return new SessionInvalidError();
  }

  private tellOfLogin(userId: string, id: string, created: Created, old?: SessionCredential): void {
    const { evicted, replaced, reused } = created;
    this.tell('created', userId, id);
    for (const each of evicted) this.tell('revoked', userId, each, 'evicted');
    if (replaced && old) this.tell('revoked', userId, old.id, 'replaced');
    if (reused && old) this.tell('reused', userId, old.id);
  }

  private cap({ maxPerUser, maxPerUserPolicy }: NewSession) {
    return {
      max: maxPerUser ?? this.settings.sessionMaxPerUser,
      policy: maxPerUserPolicy ?? this.settings.sessionMaxPerUserPolicy,
    };
  }

  private address({ tag, id, verifier }: SessionCredential) {
    return { keys: { user: this.keys.user(tag) }, args: { id, verifier, ...this.upkeep } };
  }
}

type Created = NonNullable<ReturnType<typeof createSession.reply>>;

function credentialFrom(token: string | undefined): SessionCredential {
  if (token === undefined) throw new SessionInvalidError();
  return credentialOf(token);
}

function isStored(answer: StoredSession | EndedSession | number | null): answer is StoredSession {
  return Array.isArray(answer);
}

/** @throws SessionTooLargeError; what a line has beside name and value does not count. */
function limited(lines: string): string {
  const count = lines === '' ? 0 : lines.split('\n').length;
  const bytes = Buffer.byteLength(lines) - 4 * count + Math.min(count, 1);
  if (bytes > MAX_DATA_BYTES) throw new SessionTooLargeError(MAX_DATA_BYTES, MAX_FIELDS);
  return lines;
}
