import { Injectable } from '@nestjs/common';
import { Settings } from '../config/index.js';
import { RedisClient } from '../redis/index.js';
import { ExpiryIndex } from './expiry/expiry-index.js';
import type { DeviceSession } from './session.js';
import {
  type SessionEvent,
  SessionEvents,
  type SessionEventType,
  type SessionListener,
} from './session-events.js';
import { SessionNotFoundError } from './sessions.errors.js';
import { SessionsKeys } from './sessions.keys.js';
import { listSessions, revokeSessionById, revokeUserSessions, setUserRoles } from './sessions.scripts.js';
import { rolesText, toDeviceSession } from './stored-session.js';

/** So many keys a step of a walk over all of them. */
const PAGE = 500;

/** What is done to the sessions of a user by whoever knows the user, and needs no token. */
@Injectable()
export abstract class UserSessions {
  constructor(
    protected readonly redis: RedisClient,
    protected readonly keys: SessionsKeys,
    protected readonly settings: Settings,
    private readonly events: SessionEvents,
    protected readonly expiry: ExpiryIndex,
  ) {}

  /**
   * Calls back when something happens to a session: see {@link SessionEventType}. Whoever listens to `expired` does so in
   * every replica and from its start on: sessions made before are not told of.
   *
   * @returns what ends it.
   */
  on(type: SessionEventType, listener: SessionListener): () => void {
    return this.events.on(type, listener);
  }

  /**
   * The user's live sessions, never with a token. One round trip, O(sessions of the user).
   *
   * @throws StateStoreUnavailableError
   */
  async list(userId: string): Promise<readonly DeviceSession[]> {
    const stored = await this.redis.run(listSessions, { keys: this.userKey(userId), args: {} });
    return stored.map(([id, session]) => toDeviceSession(id, session));
  }

  /**
   * Ends one session of a user, on every replica at once. One round trip.
   *
   * @throws SessionNotFoundError, StateStoreUnavailableError
   */
  async revokeById(userId: string, sessionId: string): Promise<void> {
    const args = { id: sessionId, ...this.upkeep };
    if (!(await this.redis.run(revokeSessionById, { keys: this.userKey(userId), args }))) {
      throw new SessionNotFoundError();
    }
    this.tell('revoked', userId, sessionId, 'revoked');
  }

  /**
   * Ends all sessions of a user, or all but one, on every replica at once. One round trip, O(sessions of the user).
   *
   * @returns how many were live.
   * @throws StateStoreUnavailableError
   */
  async revokeAll(userId: string, { exceptSessionId = '' } = {}): Promise<number> {
    const args = { exceptId: exceptSessionId, ...this.upkeep };
    const ids = await this.redis.run(revokeUserSessions, { keys: this.userKey(userId), args });
    for (const id of ids) this.tell('revoked', userId, id, 'revoked');
    return ids.length;
  }

  /**
   * Ends every session of every user, for the day on which that must be: each session that was there when it began is
   * ended when it returns; one that begins meanwhile may be or not. Tells no listener. Goes through all keys of Redis,
   * 500 in a round trip, and holds nobody up.
   *
   * @returns of how many users.
   * @throws StateStoreUnavailableError
   */
  async revokeEveryone(): Promise<number> {
    const { commands } = this.redis.connections;
    const nodes = 'nodes' in commands ? commands.nodes('master') : [commands];
    let users = 0;
    for (const node of nodes) {
      let cursor = '0';
      do {
        const match = this.keys.allUsers();
        const [next, found] = await this.redis.call('sessions.scan', () =>
          node.scan(cursor, 'MATCH', match, 'COUNT', PAGE),
        );
        cursor = next;
        // Each by itself: in a Cluster their slots differ. They leave together.
        const ended = found.map((key) => this.redis.call('sessions.revoke-everyone', () => node.unlink(key)));
        for (const count of await Promise.all(ended)) users += count;
      } while (cursor !== '0');
    }
    this.cut('');
    return users;
  }

  /**
   * Gives all live sessions of a user other roles, which the next request of each of them sees. A change that gives more
   * power to the session at hand should also rotate it. One round trip, O(sessions of the user).
   *
   * @returns how many sessions there were.
   * @throws StateStoreUnavailableError
   */
  setRoles(userId: string, roles: readonly string[]): Promise<number> {
    const args = { roles: rolesText(roles), ...this.upkeep };
    return this.redis.run(setUserRoles, { keys: this.userKey(userId), args });
  }

  /** What scripts that write are told: how long a key outlives its sessions, and where to tell of changes. */
  protected get upkeep() {
    return { keepMs: this.expiry.keepMs, channel: this.settings.sessionCacheMs > 0 ? this.keys.news() : '' };
  }

  protected tell(
    type: SessionEventType,
    userId: string,
    sessionId: string,
    reason?: SessionEvent['reason'],
  ): void {
    this.events.emit({ type, userId, sessionId, ...(reason ? { reason } : {}) });
  }

  /**
   * Makes the replicas forget what they hold of a user, or of everyone. When it does not reach them, which the client
   * counts, a second does it.
   */
  protected cut(tag: string): void {
    const { channel } = this.upkeep;
    if (channel === '') return;
    const key = tag === '' ? '' : this.keys.user(tag);
    this.redis.call('sessions.cut', (redis) => redis.publish(channel, key)).catch(() => undefined);
  }

  private userKey(userId: string) {
    return { user: this.keys.user(this.keys.tag(userId)) };
  }
}
