import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Check, Policy, Refund } from '../../src/rate-limit/index.js';
import type { Script, ScriptParameters } from '../../src/redis/index.js';
import { TestRedis } from './redis-server.js';

/** The product's scripts, and how it calls them. */
export interface RateLimitScripts {
  readonly decide: Pick<Script<never, 'policies', number[]>, 'lua' | 'reply'>;
  readonly refund: Pick<Script<never, 'channel', number[]>, 'lua' | 'reply'>;
  readonly decideParameters: (requests: readonly KeyedRequest[]) => ScriptParameters<never, 'policies'>;
  readonly policyArguments: (policy: Policy) => (string | number)[];
  /** Absent: keys of the test's own. */
  readonly keyOf?: (check: Check) => string;
}

/** A request as the product sends it. */
interface KeyedRequest {
  readonly operation: 'c' | 'p';
  readonly checks: readonly Check[];
  readonly keys: readonly string[];
}

/** A request under any number of policies. */
export interface Request {
  readonly operation: 'charge' | 'peek';
  readonly checks: readonly Check[];
}

/** One call of a script: what it is asked at a moment. */
export type Call = { readonly atMicros: number } & (
  { readonly requests: readonly Request[] } | { readonly refunds: readonly Refund[] }
);

/** What a script says of one check or refund. */
export interface Said {
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number;
  /** Of a decision: 0 refused, 1 allowed, 2 let through in shadow. */
  readonly answer?: number;
  readonly delayMs?: number;
  /** Of a refund. */
  readonly taken?: number;
}

const CLOCK = 'test:clock';
const CALLS_A_PIPELINE = 1000;

/** No limit and no time is larger: what is was below 0 before it became bytes. */
const LARGEST = 2 ** 40;

/** Real time never reaches it, so what the real clock would end stays. */
const BEGINNING = 4_000_000_000_000_000;

/**
 * What the scripts know as `redis`: TIME is the virtual clock, and keys live and end by it, as Redis would have it:
 * a key is there until its last millisecond is over. It refuses what Redis would refuse, and keys without an end.
 */
const VIRTUAL_REDIS = `
local server, redis = redis, {}
redis.call = function(command, key, ...)
  local micros, given = tonumber(server.call('GET', '${CLOCK}')), { ... }
  local ms = math.floor(micros / 1000)
  if command == 'TIME' then
    return { string.format('%d', math.floor(micros / 1000000)), string.format('%d', micros % 1000000) }
  elseif command == 'GET' or command == 'PTTL' then
    local ends = server.call('PEXPIRETIME', key)
    if ends >= 0 and ends < ms then
      return command == 'PTTL' and -2
    end
    return command == 'PTTL' and ends - ms or server.call('GET', key)
  elseif command == 'MGET' then
    local values = {}
    for place, each in ipairs({ key, ... }) do
      values[place] = redis.call('GET', each)
    end
    return values
  elseif command == 'SET' then
    assert(given[2] == 'PX' and given[3] >= 1, 'a key must have a time to live')
    return server.call('SET', key, given[1], 'PXAT', ms + given[3])
  elseif command == 'PEXPIRE' then
    assert(given[1] >= 1, 'a key must live')
    return server.call('PEXPIREAT', key, ms + given[1])
  end
  return server.call(command, key, ...)
end
`;

/** The scripts under a clock of the test's own. Times to live are its time too, so nothing has to be waited for. */
export class RateLimitClock {
  /** What {@link charge}, {@link peek} and {@link refund} are asked at. */
  nowMicros = BEGINNING;
  private setTo = 0;

  private constructor(
    /** A server of the test file's own. */
    readonly redis: Redis,
    private readonly scripts: RateLimitScripts,
    private readonly sha: Readonly<Record<'decide' | 'refund', string>>,
  ) {}

  static async start(scripts: RateLimitScripts): Promise<RateLimitClock> {
    const { client } = await TestRedis.start();
    const load = async ({ lua }: Pick<Script, 'lua'>) => {
      const text = VIRTUAL_REDIS + lua;
      await client.script('LOAD', text);
      return createHash('sha1').update(text).digest('hex');
    };
    const sha = { decide: await load(scripts.decide), refund: await load(scripts.refund) };
    return new RateLimitClock(client, scripts, sha);
  }

  get nowMs(): number {
    return Math.floor(this.nowMicros / 1000);
  }

  advance(ms: number): void {
    this.nowMicros += ms * 1000;
  }

  /** One request for one policy, charged when it passes. */
  charge(policy: Policy, cost = 1, key = 'k'): Promise<Said> {
    return this.ask('charge', { policy, key, cost });
  }

  peek(policy: Policy, cost = 1, key = 'k'): Promise<Said> {
    return this.ask('peek', { policy, key, cost });
  }

  async refund(policy: Policy, { cost = 1, key = 'k', chargedAt = 0 } = {}): Promise<Said> {
    const refunds = [{ policy, key, cost, chargedAt }];
    return (await this.run([{ atMicros: this.nowMicros, refunds }]))[0][0];
  }

  /** Forgets every key. */
  async flush(): Promise<void> {
    this.setTo = 0;
    await this.redis.flushdb();
  }

  /**
   * Calls the scripts, in this order, each at its moment. Moments may go back.
   *
   * @returns what they say of the checks or refunds of each call.
   */
  async run(calls: readonly Call[]): Promise<Said[][]> {
    const said: Said[][] = [];
    for (let from = 0; from < calls.length; from += CALLS_A_PIPELINE) {
      said.push(...(await this.send(calls.slice(from, from + CALLS_A_PIPELINE))));
    }
    return said;
  }

  /** The key of a check in Redis. */
  readonly keyOf = (check: Check): string =>
    this.scripts.keyOf?.(check) ?? `test:{${check.key}}:${check.policy.name}`;

  private async ask(operation: Request['operation'], check: Check): Promise<Said> {
    const requests = [{ operation, checks: [check] }];
    return (await this.run([{ atMicros: this.nowMicros, requests }]))[0][0];
  }

  private async send(calls: readonly Call[]): Promise<Said[][]> {
    const pipeline = this.redis.pipeline();
    const places = calls.map((call) => {
      if (call.atMicros !== this.setTo) pipeline.set(CLOCK, (this.setTo = call.atMicros));
      if ('refunds' in call) this.addRefunds(pipeline, call.refunds);
      else this.addRequests(pipeline, call.requests);
      return pipeline.length - 1;
    });
    const replies = (await pipeline.exec()) ?? [];
    return calls.map((call, place) => {
      const [error, reply] = replies[places[place]];
      if (error) throw error;
      return this.read(call, reply);
    });
  }

  private addRequests(pipeline: ReturnType<Redis['pipeline']>, requests: readonly Request[]): void {
    const {
      restKeys = [],
      args,
      rest = [],
    } = this.scripts.decideParameters(
      requests.map(({ operation, checks }) => ({
        operation: operation === 'charge' ? 'c' : 'p',
        checks,
        keys: checks.map(this.keyOf),
      })),
    );
    const { decide } = this.sha;
    pipeline.callBuffer('EVALSHA', decide, restKeys.length, ...restKeys, args.policies, ...rest);
  }

  private addRefunds(pipeline: ReturnType<Redis['pipeline']>, refunds: readonly Refund[]): void {
    pipeline.evalsha(
      this.sha.refund,
      refunds.length,
      ...refunds.map(this.keyOf),
      'test:news',
      ...refunds.flatMap(({ policy, cost = 1, chargedAt = 0 }) => [
        ...this.scripts.policyArguments(policy),
        cost,
        chargedAt,
      ]),
    );
  }

  /** Also sees to it that the script has asked this clock, and says no time or number below 0. */
  private read(call: Call, reply: unknown): Said[] {
    const [script, width] = 'refunds' in call ? [this.scripts.refund, 4] : [this.scripts.decide, 5];
    const [ms, ...numbers] = script.reply(reply);
    const isOfNow = ms === Math.floor(call.atMicros / 1000);
    if (!isOfNow || !numbers.every((each) => each >= 0 && each < LARGEST)) {
      throw new Error(`A script says ${ms}: ${numbers.join()} at ${call.atMicros} µs`);
    }
    return Array.from({ length: numbers.length / width }, (_, place) => {
      const [first, remaining, resetMs, retryAfterMs, delayMs] = numbers.slice(place * width);
      const times = { remaining, resetMs, retryAfterMs };
      return width === 4 ? { ...times, taken: first } : { ...times, answer: first, delayMs };
    });
  }
}
