import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../config/index.js';
import { RedisClient } from '../redis/index.js';
import type { Session } from './session.js';
import { parseToken } from './session-token.js';
import { SessionsKeys } from './sessions.keys.js';
import { SessionsService } from './sessions.service.js';

const MAX_USERS = 10_000;

interface Checked {
  readonly token: string;
  readonly session: Session;
  /** By this process' clock that does not jump. */
  readonly until: number;
}

/**
 * Sessions that this replica has checked within SESSION_CACHE_MS, for routes; off unless that is set. Whoever changes or
 * ends a session says so to all replicas. One that cannot hear remembers nothing; what was not heard ends by itself.
 */
@Injectable()
export class VerifyCache implements OnModuleInit, OnApplicationShutdown {
  /** By the user's key, of which the news speak. */
  private readonly checked = new Map<string, Checked[]>();
  private readonly logger = new Logger('Sessions');
  private hearing = false;
  /** Counts what was heard: a check that began before does not know of it. */
  private cuts = 0;

  constructor(
    private readonly sessions: SessionsService,
    private readonly redis: RedisClient,
    private readonly keys: SessionsKeys,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    if (this.settings.sessionCacheMs === 0) return;
    const { subscriber } = this.redis.connections;
    subscriber.on('message', (channel: string, userKey: string) => {
      if (channel === this.keys.news()) this.forget(userKey);
    });
    subscriber.on('close', () => this.stopHearing());
    subscriber.on('ready', () => void this.listen());
    if (subscriber.status === 'ready') void this.listen();
  }

  onApplicationShutdown(): void {
    this.stopHearing();
  }

  /** As {@link SessionsService.verify}; no round trip when this replica has checked the token just now. */
  verify(token: string | undefined): Promise<Session> {
    const credential = this.hearing && token !== undefined ? parseToken(token) : undefined;
    if (!credential || token === undefined) return this.sessions.verify(token);
    const userKey = this.keys.user(credential.tag);
    const known = this.checked.get(userKey)?.find((each) => each.token === token);
    if (known && performance.now() < known.until) return Promise.resolve(known.session);
    const { cuts } = this;
    const until = performance.now() + this.settings.sessionCacheMs;
    return this.sessions.verify(token).then((session) => {
      if (this.hearing && cuts === this.cuts) this.remember(userKey, { token, session, until });
      return session;
    });
  }

  private remember(userKey: string, checked: Checked): void {
    if (this.checked.size >= MAX_USERS) this.checked.clear();
    const others = (this.checked.get(userKey) ?? []).filter(
      ({ token, until }) => token !== checked.token && until > performance.now(),
    );
    this.checked.set(userKey, [...others, checked]);
  }

  /** @param userKey empty: everyone. */
  private forget(userKey: string): void {
    this.cuts += 1;
    if (userKey === '') this.checked.clear();
    else this.checked.delete(userKey);
  }

  private stopHearing(): void {
    this.hearing = false;
    this.forget('');
  }

  private async listen(): Promise<void> {
    try {
      await this.redis.connections.subscriber.subscribe(this.keys.news());
      this.hearing = true;
    } catch (error) {
      // The connection is gone again; its next 'ready' comes here again.
      this.logger.warn(`checked sessions are not remembered: ${(error as Error).message}`);
    }
  }
}
