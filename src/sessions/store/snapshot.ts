/** A session as a framework has it: its own properties, one of which is its cookie. */
export interface FrameworkSession {
  readonly cookie?: FrameworkCookie | null;
}

/** What express-session and @fastify/session have in common in their cookies. */
export interface FrameworkCookie {
  /** When the browser drops it. Absent or null: when it is closed. */
  readonly expires?: Date | string | null;
  readonly toJSON?: () => object;
}

/** What Redis held of a session when it was last read or written. */
export interface Snapshot {
  /** The JSON of each property. */
  readonly properties: ReadonlyMap<string, string>;
  /** When the session ends unless it is used before, by this process' monotonic clock. */
  readonly endsAt: number;
}

export interface Difference {
  /** Names of properties that are gone. */
  readonly unset: readonly string[];
  /** Names and JSON of properties that are new or other than they were, in turn. */
  readonly set: readonly string[];
}

/** Where a session has its snapshot: no loop over its properties sees it. */
const SNAPSHOT = Symbol('snapshot');

export function snapshotOf(session: object): Snapshot | undefined {
  return (session as { [SNAPSHOT]?: Snapshot })[SNAPSHOT];
}

export function remember(session: object, snapshot: Snapshot): void {
  Object.defineProperty(session, SNAPSHOT, { value: snapshot, configurable: true });
}

/** For a framework that makes an object of its own of what was loaded: what is known of the one holds for the other. */
export function carrySnapshot(loaded: object, copy: object): void {
  const snapshot = snapshotOf(loaded);
  if (snapshot && !snapshotOf(copy)) remember(copy, snapshot);
}

/** The JSON of each property. What JSON leaves out, functions and undefined, is left out. */
export function describeProperties(session: FrameworkSession): Map<string, string> {
  const properties = new Map([['cookie', describeCookie(session.cookie)]]);
  for (const [name, value] of Object.entries(session)) {
    const text = name === 'cookie' ? undefined : (JSON.stringify(value) as string | undefined);
    if (text !== undefined) properties.set(name, text);
  }
  return properties;
}

/**
 * Without its instants: they move with each request and would make each a write, and the key's expiry says the same.
 * A cookie that ends with the browser keeps its null.
 */
function describeCookie(cookie: FrameworkSession['cookie']): string {
  if (!cookie) return 'null';
  const { expires, originalExpires: _, ...rest } = (cookie.toJSON?.() ?? cookie) as Record<string, unknown>;
  if (typeof rest.originalMaxAge === 'number') rest.originalMaxAge = steady(rest.originalMaxAge);
  return JSON.stringify(expires ? rest : { ...rest, expires: null });
}

/**
 * express-session derives it from two readings of the clock, so it loses a millisecond now and then: each would be a
 * change of the cookie, and they add up over the requests of a session.
 */
function steady(originalMaxAge: number): number {
  return originalMaxAge < 1000 ? originalMaxAge : Math.round(originalMaxAge / 100) * 100;
}

/** The session that {@link describeProperties} has described, with the time that it has left. */
export function restoreSession(properties: ReadonlyMap<string, string>, leftMs: number): FrameworkSession {
  const session = Object.fromEntries([...properties].map(([name, text]) => [name, JSON.parse(text)]));
  const expires = new Date(Date.now() + leftMs).toISOString();
  if (session.cookie) session.cookie = { expires, ...session.cookie };
  remember(session, { properties, endsAt: performance.now() + leftMs });
  return session;
}

/** What must be written so that what was `before` becomes what is `now`. */
export function difference(
  now: ReadonlyMap<string, string>,
  before?: ReadonlyMap<string, string>,
): Difference {
  const unset = before ? [...before.keys()].filter((name) => !now.has(name)) : [];
  const set = [...now].filter(([name, text]) => before?.get(name) !== text).flat();
  return { unset, set };
}

/** How long the browser keeps the cookie, in milliseconds, or undefined when it does not say. */
export function cookieLifeMs({ cookie }: FrameworkSession): number | undefined {
  if (!cookie?.expires) return undefined;
  const lifeMs = new Date(cookie.expires).getTime() - Date.now();
  return Number.isNaN(lifeMs) ? undefined : lifeMs;
}
