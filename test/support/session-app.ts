import { Logger } from '@nestjs/common';
import { SessionStore } from '../../src/sessions/index.js';
import { send, type TestAnswer } from './http.js';
import type { TestRedis } from './redis-server.js';

// Says that Redis is away, which tests make it.
Logger.overrideLogger(false);

/** A request's session, in the words of any framework. */
export interface RequestSession {
  /** The framework's own object, which `regenerate` replaces. */
  readonly properties: Record<string, unknown>;
  regenerate(): Promise<void>;
  destroy(): Promise<void>;
  save(): Promise<void>;
}

export interface SessionAppOptions {
  readonly sessions: SessionStore;
  /** Absent: the cookie ends with the browser. */
  readonly maxAgeMs?: number;
  readonly routes: SessionRoutes;
}

export interface SessionApp {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts an app of a framework that answers `POST /<route>`. */
export type StartSessionApp = (options: SessionAppOptions) => Promise<SessionApp>;

/** Holds requests that have loaded their session, until it is opened. */
export class Gate {
  waiting = 0;
  private opened!: () => void;
  private readonly opening = new Promise<void>((resolve) => (this.opened = resolve));

  pass(): Promise<void> {
    this.waiting += 1;
    return this.opening;
  }

  open(): void {
    this.opened();
  }
}

type Values = Record<string, unknown>;

/** What the apps of the contract do, by the name of the route. */
export class SessionRoutes {
  private readonly gates = new Map<string, Gate>();

  gate(name: string): Gate {
    const gate = this.gates.get(name) ?? new Gate();
    this.gates.set(name, gate);
    return gate;
  }

  async answer(route: string, session: RequestSession, body: Values): Promise<unknown> {
    const { values = {}, unset = [], gate } = body as { values?: Values; unset?: string[]; gate?: string };
    if (gate !== undefined) await this.gate(gate).pass();
    if (route === 'logout') return session.destroy();
    if (route === 'login') await session.regenerate();
    Object.assign(session.properties, values);
    for (const name of unset) delete session.properties[name];
    if (route === 'twice') {
      await session.save();
      session.properties.later = true;
    }
    return { ...session.properties };
  }
}

/** Replicas of an app on one Redis, each with a connection of its own. */
export class Replicas {
  redis!: TestRedis;
  readonly routes = new SessionRoutes();
  private readonly stops: (() => Promise<void>)[] = [];

  constructor(private readonly startApp: StartSessionApp) {}

  async start(maxAgeMs?: number, environment: Record<string, string> = {}): Promise<SessionApp> {
    const calm = { REDIS_COMMAND_TIMEOUT_MS: '5000', REDIS_URL: this.redis.url };
    const sessions = SessionStore.connect({ ...calm, ...environment });
    this.stops.push(() => sessions.close());
    await sessions.connected();
    const app = await this.startApp({ sessions, maxAgeMs, routes: this.routes });
    this.stops.push(() => app.stop());
    return app;
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }

  /** The key of the one session that there is. */
  async onlyKey(): Promise<string> {
    const keys = await this.redis.keys();
    expect(keys).toHaveLength(1);
    return keys[0];
  }

  /** How often Redis has executed this command. */
  async calls(command: string): Promise<number> {
    const stats = await this.redis.client.info('commandstats');
    return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  }
}

/** Keeps the cookie as a browser does. */
export class Browser {
  cookie?: string;

  constructor(
    private readonly app: SessionApp,
    from?: Browser,
  ) {
    this.cookie = from?.cookie;
  }

  async post(route: string, body: unknown = {}): Promise<TestAnswer> {
    const headers: Record<string, string> = this.cookie ? { cookie: this.cookie } : {};
    const answer = await send(`${this.app.url}/${route}`, 'POST', { body, headers });
    const [set] = answer.headers.getSetCookie();
    if (set) this.cookie = set.split(';')[0];
    return answer;
  }

  /** What the session holds, without its cookie. */
  async read(): Promise<Values> {
    const { cookie: _, ...values } = (await this.post('read')).body as Values;
    return values;
  }
}
