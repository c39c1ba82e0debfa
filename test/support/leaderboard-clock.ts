import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisClient, type Script, type ScriptParameters } from '../../src/redis/index.js';
import type { TestApp } from './app.js';

const CLOCK = 'test:clock';
const STEP = 'test:step';
const LOG = 'test:log';

/**
 * What the scripts know as `redis`: TIME is the test's clock, which goes on by a step with each call; a key ends as long from
 * now as it would by that clock; and the log has each set that a score went to, with the time.
 */
const VIRTUAL_REDIS = `
local server, redis, virtual, real = redis, {}, nil, nil
redis.call = function(command, key, ...)
  if command == 'TIME' then
    real = server.call('TIME')
    virtual = server.call('INCRBY', '${CLOCK}', server.call('GET', '${STEP}') or 0)
    return { string.format('%d', math.floor(virtual / 1000)), string.format('%d', virtual % 1000 * 1000) }
  elseif command == 'PEXPIREAT' then
    return server.call('PEXPIREAT', key, ... - virtual + math.floor(real[1] * 1000))
  elseif command == 'PEXPIRETIME' then
    return server.call('PEXPIRETIME', key) - math.floor(real[1] * 1000) + virtual
  elseif command == 'ZADD' and virtual and not key:find(':periods', 1, true) then
    server.call('RPUSH', '${LOG}', string.format('%s %d', key, virtual))
  end
  return server.call(command, key, ...)
end
`;

/** A clock of the test's own, for the scripts of leaderboards. */
export class LeaderboardClock {
  private readonly virtual = new Map<Script, Script>();

  constructor(private readonly redis: Redis) {}

  /** From now on the scripts of this replica go by it. */
  govern(app: TestApp): void {
    const client = app.get(RedisClient);
    const run = client.run.bind(client);
    client.run = <K extends string, A extends string, R>(
      script: Script<K, A, R>,
      parameters: ScriptParameters<K, A>,
    ) => run(this.virtualOf(script as unknown as Script) as unknown as Script<K, A, R>, parameters);
  }

  /** @param stepMs how much it goes on each time that it is asked. */
  async set(atMs: number, stepMs = 0): Promise<void> {
    await this.redis.mset(CLOCK, atMs, STEP, stepMs);
  }

  async read(): Promise<number> {
    return Number(await this.redis.get(CLOCK));
  }

  /** Takes the log: the sets that scores went to, and when. */
  async takeLog(): Promise<{ readonly key: string; readonly atMs: number }[]> {
    const lines = await this.redis.lrange(LOG, 0, -1);
    await this.redis.del(LOG);
    return lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return { key: line.slice(0, space), atMs: Number(line.slice(space + 1)) };
    });
  }

  private virtualOf(script: Script): Script {
    const known = this.virtual.get(script);
    if (known) return known;
    const made = {
      ...script,
      ...makeVirtual(script),
      batch: { ...script.batch, ...makeVirtual(script.batch) },
    };
    this.virtual.set(script, made);
    return made;
  }
}

function makeVirtual({ lua }: Pick<Script, 'lua'>): Pick<Script, 'lua' | 'sha'> {
  const text = VIRTUAL_REDIS + lua;
  return { lua: text, sha: createHash('sha1').update(text).digest('hex') };
}
