import { Module, type Type } from '@nestjs/common';
import type { Algorithm, Policy } from '../../src/rate-limit/index.js';
import { appWithout, TestApp } from './app.js';
import { ProbeModule } from './fixtures/probe.module.js';
import type { TestAnswer, TestRequest } from './http.js';
import type { TestRedis } from './redis-server.js';
import { waitFor } from './wait-for.js';

export const ALGORITHMS: readonly Algorithm[] = [
  'fixed-window',
  'sliding-window-log',
  'sliding-window-counter',
  'token-bucket',
  'leaky-bucket',
];

/** Nothing of a bucket comes back, and no window ends, while a test runs. */
export const LONG_MS = 31 * 86_400_000;

export type PolicyFields = Omit<Policy, 'name'>;

export interface WantedCheck {
  readonly policy: string;
  readonly key: string;
  readonly cost?: number;
  readonly chargedAt?: string;
}

/** A replica, in this process or in one of its own. */
export interface Replica {
  request(method: string, path: string, options?: TestRequest): Promise<TestAnswer>;
}

/** AppModule with the probe routes and without the database, which boots slowly. */
@Module({ imports: [appWithout('PostgresModule', 'CatalogModule'), ProbeModule] })
export class ProbedApp {}

/** A replica in this process. */
export const startReplica = (environment: Record<string, string>): Promise<TestApp> =>
  TestApp.start(environment, ProbedApp as Type);

const ROOT = '/v1/rate-limits';

export const policyPath = (name: string): string => `${ROOT}/policies/${encodeURIComponent(name)}`;

export const keyPath = (name: string, key: string): string =>
  `${policyPath(name)}/keys/${encodeURIComponent(key)}`;

/** Puts a policy on the first replica, and waits until the others decide by it. */
export async function putPolicy(
  [first, ...others]: readonly Replica[],
  name: string,
  body: PolicyFields,
): Promise<void> {
  const put = await first.request('PUT', policyPath(name), { body });
  expect({ status: put.status, body: put.body }).toEqual({ status: 200, body: { name, ...body } });
  await Promise.all(
    others.map((other) =>
      waitFor(async () => (await other.request('GET', policyPath(name))).text === put.text, {
        what: `policy ${name} to be known everywhere`,
      }),
    ),
  );
}

/** Asks for a decision. */
export const decide = (
  replica: Replica,
  checks: readonly WantedCheck[],
  { enforce = false, headers = {} }: { enforce?: boolean; headers?: Record<string, string> } = {},
): Promise<TestAnswer> =>
  replica.request('POST', `${ROOT}/decisions${enforce ? '?enforce=true' : ''}`, {
    body: { checks },
    headers,
  });

export const refund = (replica: Replica, checks: readonly WantedCheck[]): Promise<TestAnswer> =>
  replica.request('POST', `${ROOT}/refunds`, { body: { checks } });

/** What is left of a policy for a key, as Redis has it. */
export async function leftOf(replica: Replica, name: string, key: string): Promise<number> {
  const { status, body } = await replica.request('GET', keyPath(name, key));
  expect(status).toBe(200);
  return body.remaining as number;
}

/** The keys of counters alone: policies and the list of replicas stay. */
export async function counterKeys({ client }: TestRedis): Promise<string[]> {
  const keys = await client.keys('*:rate-limit:*');
  return keys.filter((key) => !/:rate-limit:\{(?:policies|replicas)\}:/.test(key)).sort();
}

export interface ListItem {
  readonly value: string;
  readonly parameters: Readonly<Record<string, number>>;
}

const ITEM = /"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"((?:; *[a-z*][a-z0-9_.*-]*=-?\d{1,15})*)/y;

/** An RFC 9651 list of strings with integer parameters. @throws Error where it is none. */
export function parseList(text: string | null): ListItem[] {
  if (text === null) throw new Error('There is no such header');
  const items: ListItem[] = [];
  for (let at = 0; at < text.length;) {
    ITEM.lastIndex = at;
    const match = ITEM.exec(text);
    if (!match) throw new Error(`Not a list: ${text}`);
    const parameters = [...match[2].matchAll(/; *([^=]+)=(-?\d+)/g)].map(([, name, value]) => [
      name,
      Number(value),
    ]);
    items.push({ value: match[1].replace(/\\(.)/g, '$1'), parameters: Object.fromEntries(parameters) });
    at += match[0].length;
    const comma = /^[ \t]*,[ \t]*(?=")/.exec(text.slice(at));
    if (at < text.length && !comma) throw new Error(`Not a list: ${text}`);
    at += comma?.[0].length ?? 0;
  }
  return items;
}
