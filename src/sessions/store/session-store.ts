import { Injectable } from '@nestjs/common';
import { readSettings, Settings } from '../../config/index.js';
import { connectRedis, RedisClient, RedisKeyspace } from '../../redis/index.js';
import { SessionsKeys } from '../sessions.keys.js';
import {
  cookieLifeMs,
  describeProperties,
  difference,
  type FrameworkSession,
  remember,
  restoreSession,
  snapshotOf,
} from './snapshot.js';
import { loadSession, saveSession } from './store.scripts.js';

const CONNECT_PATIENCE_MS = 1000;

/**
 * Keeps the sessions of other frameworks, for the adapters: one hash a session with a field a property,
 * `HGETALL holdfast:default:sessions:{<SHA-256 of the session's id>}:store`.
 *
 * A session that was loaded is remembered as it was, and only what differs from that is written. So requests that run
 * side by side and change different properties lose nothing, and a session that was destroyed meanwhile is not
 * brought back.
 */
@Injectable()
export class SessionStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: SessionsKeys,
    private readonly settings: Settings,
  ) {}

  /**
   * A store with a connection of its own, for an app outside of Nest. It connects by itself, and again whenever it must;
   * what is asked of it before is refused as if Redis were away (see {@link connected}).
   *
   * @param environment the server's variables: REDIS_URL, and if wanted KEY_PREFIX, REDIS_COMMAND_TIMEOUT_MS,
   * SESSION_IDLE_TTL_MS.
   * @throws InvalidSettingsError, TypeError without REDIS_URL
   */
  static connect(environment: Readonly<Record<string, string | undefined>>): SessionStore {
    const settings = readSettings(environment);
    if (!settings.redisUrl) throw new TypeError('REDIS_URL must name the Redis of the sessions.');
    const keys = new SessionsKeys(new RedisKeyspace(settings), settings);
    return new SessionStore(connectRedis(settings, settings.redisUrl), keys, settings);
  }

  /** Settles when commands can be sent, or after a second: a Redis that is absent does not stop a boot. */
  async connected(): Promise<void> {
    await this.redis.connections.readyWithin(CONNECT_PATIENCE_MS);
  }

  /** Ends the connection of a store that {@link connect} has made. */
  close(): Promise<void> {
    return this.redis.connections.close();
  }

  /**
   * Reads a session. One round trip, O(properties).
   *
   * @returns undefined when there is none, or no longer.
   * @throws StateStoreUnavailableError
   */
  async load(sessionId: string): Promise<FrameworkSession | undefined> {
    const found = await this.redis.run(loadSession, { keys: this.address(sessionId), args: {} });
    return found && restoreSession(found.properties, found.leftMs);
  }

  /**
   * Writes the properties that have changed since the session was loaded or saved, and begins its life anew. One round
   * trip, O(properties); when nothing has changed, as {@link touch}. A session that was loaded or saved before and has
   * ended since is not written; one that is new is created. One whose cookie has expired is destroyed.
   *
   * @returns whether the session lives.
   * @throws StateStoreUnavailableError, TypeError for what JSON cannot say
   */
  async save(sessionId: string, session: FrameworkSession): Promise<boolean> {
    const ttlMs = this.lifeMs(session);
    if (ttlMs <= 0) return this.destroy(sessionId).then(() => false);
    const snapshot = snapshotOf(session);
    const properties = describeProperties(session);
    const { unset, set } = difference(properties, snapshot?.properties);
    if (unset.length + set.length === 0) return this.touch(sessionId, session);
    const lives = await this.redis.run(saveSession, {
      keys: this.address(sessionId),
      args: { loaded: snapshot ? 1 : 0, ttlMs, unset: unset.length },
      rest: [...unset, ...set],
    });
    if (lives) remember(session, { properties, endsAt: performance.now() + ttlMs });
    return lives;
  }

  /** Whether a touch would do nothing yet: less than a tenth of the session's life has passed, as far as is known. */
  isYoung(session: FrameworkSession): boolean {
    const snapshot = snapshotOf(session);
    const ttlMs = this.lifeMs(session);
    return snapshot !== undefined && Math.abs(ttlMs - (snapshot.endsAt - performance.now())) < ttlMs / 10;
  }

  /**
   * Begins a session's life anew once a tenth of it has passed: one round trip then, and none before.
   *
   * @returns whether the session lives, as far as is known.
   * @throws StateStoreUnavailableError
   */
  async touch(sessionId: string, session: FrameworkSession): Promise<boolean> {
    const ttlMs = this.lifeMs(session);
    if (ttlMs <= 0) return this.destroy(sessionId).then(() => false);
    if (this.isYoung(session)) return true;
    const lives = await this.redis.run(saveSession, {
      keys: this.address(sessionId),
      args: { loaded: 1, ttlMs, unset: 0 },
    });
    const snapshot = snapshotOf(session);
    if (lives && snapshot) remember(session, { ...snapshot, endsAt: performance.now() + ttlMs });
    return lives;
  }

  /**
   * Ends a session, on every replica at once. One round trip.
   *
   * @throws StateStoreUnavailableError
   */
  async destroy(sessionId: string): Promise<void> {
    const { session } = this.address(sessionId);
    await this.redis.call('sessions.destroy', (redis) => redis.unlink(session));
  }

  private address(sessionId: string): { session: string } {
    return { session: this.keys.store(sessionId) };
  }

  private lifeMs(session: FrameworkSession): number {
    return cookieLifeMs(session) ?? this.settings.sessionIdleTtlMs;
  }
}
