import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import * as scripts from '../../src/leaderboard/leaderboard.scripts.js';
import type { Script } from '../../src/redis/index.js';

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

/** Puts the scripts of leaderboards, in this test file, under a clock of the test's own. */
export class LeaderboardClock {
  constructor(private readonly redis: Redis) {
    for (const script of Object.values(scripts) as unknown[]) {
      if (isScript(script)) [script, script.batch].forEach(makeVirtual);
    }
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
}

function isScript(value: unknown): value is Script {
  return typeof value === 'object' && value !== null && 'batch' in value;
}

/** Once, however many clocks a test file makes. */
function makeVirtual(text: { -readonly [Part in 'lua' | 'sha']: string }): void {
  if (text.lua.startsWith(VIRTUAL_REDIS)) return;
  text.lua = VIRTUAL_REDIS + text.lua;
  text.sha = createHash('sha1').update(text.lua).digest('hex');
}
