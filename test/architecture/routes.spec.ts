import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { ApiExcludeController, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsInt, Length } from 'class-validator';
import { Cached } from '../../src/cache/index.js';
import { RedisClient } from '../../src/redis/index.js';
import { appWith } from '../support/app.js';
import { send } from '../support/http.js';
import { exampleRequest } from './example-request.js';
import { keysForEver } from './key-ttls.js';
import { type LiveApp, startLiveApp } from './live-app.js';
import { contractFaults, operationsOf } from './openapi.js';

/** For the platform and not for clients: HealthController and MetricsController are excluded; and the page's own files. */
const OUTSIDE = [
  ...['live', 'ready', 'startup'].map((probe) => `GET /health/${probe}`),
  'GET /metrics',
  'GET /docs/*',
];

/** Keys that hold configuration, or what is kept until somebody deletes it. */
const FOREVER: readonly RegExp[] = [
  /^holdfast:default:rate-limit:\{policies\}:all$/,
  /^holdfast:default:leaderboard:\{.*\}:(?:board|periods|all-time(?:-members|-metadata)?)$/,
  /^holdfast:default:counters:\{[^}]+\}:(?:counter|shard)(?:-options)?$/,
  // Events stay until every group has acknowledged them, or they are over the cap; a group, its dead letters, and what keeps the
  // order of what it has pending stay likewise.
  /^holdfast:default:events:\{[^}]+\}:(?:stream|(?:group|dead|lanes|turns)-.+)$/,
];

/** An example that was not understood has not shown what its route writes. */
const NOT_UNDERSTOOD = [400, 401, 403, 413, 415, 422, 429];

class PlantedDto {
  @ApiProperty({ minLength: 9 })
  @Length(9, 20)
  readonly text!: string;

  @ApiProperty({ minimum: 3 })
  @IsInt()
  readonly count!: number;
}

@Controller('planted')
class PlantedController {
  constructor(private readonly redis: RedisClient) {}

  @Post()
  @ApiOperation({ summary: 'Write a key that stays' })
  async write(@Body() { text }: PlantedDto): Promise<void> {
    await this.redis.call('planted.set', (redis) => redis.set(`planted:${text}`, 'for ever'));
  }

  @Get('cached')
  @Cached({ ttlMs: 60_000, scope: 'public' })
  @ApiOperation({ summary: 'Write a key that goes' })
  cached(): string[] {
    return [];
  }

  @Get('broken')
  fail(): never {
    throw new Error('planted');
  }
}

@ApiTags('Planted')
@Controller('planted-sound')
class SoundController {
  @Get(':id')
  @ApiOperation({ summary: 'Read it' })
  @ApiOkResponse()
  read(): void {}
}

@ApiExcludeController()
@Controller('planted-hidden')
class HiddenController {
  @Get(':id')
  read(): void {}
}

@Module({ controllers: [PlantedController, SoundController, HiddenController] })
class PlantedModule {}

const isPlanted = (text: string) => text.includes('planted');
const isOwn = (text: string) => !isPlanted(text);

describe('routes', () => {
  let app: LiveApp;
  const faults: string[] = [];
  let forEver: string[];

  /** The token of a session that may do everything. */
  async function login(): Promise<string> {
    const body = { userId: 'example', roles: ['admin', 'editor'] };
    const answer = await send(`${app.url}/v1/sessions`, 'POST', { body });
    return (answer.body as { token?: string }).token ?? '';
  }

  /** Sends the request that a route's document describes, and lets go of an answer that would never end. */
  async function drive(route: string): Promise<void> {
    const { method, path, headers, body } = exampleRequest(app.document, route);
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const done = new AbortController();
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: { 'session-token': await login(), ...json, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: done.signal,
    });
    const { status } = response;
    const understood = status < 500 || (await response.text()).includes('DATABASE_UNAVAILABLE');
    done.abort();
    if (!understood || NOT_UNDERSTOOD.includes(status)) faults.push(`${route} answers ${status}`);
  }

  beforeAll(async () => {
    app = await startLiveApp(appWith(PlantedModule));
    const routes = [...operationsOf(app.document).keys()].sort(byMethod);
    for (const route of routes.filter((each) => !each.startsWith('DELETE '))) await drive(route);
    forEver = await keysForEver(app.redis.client, FOREVER);
    expect(await app.redis.client.dbsize()).toBeGreaterThan(forEver.length);
    for (const route of routes.filter((each) => each.startsWith('DELETE '))) await drive(route);
    forEver.push(...(await keysForEver(app.redis.client, FOREVER)));
  });

  describe('and the OpenAPI document', () => {
    it('agree', () => {
      const own = contractFaults(app.document, app.routes, OUTSIDE).filter(isOwn);
      expect(app.routes.filter(isOwn).length).toBeGreaterThan(OUTSIDE.length);
      expect(own).toEqual([]);
    });

    it('do not agree about a route that is hidden, bare, gone or made up', () => {
      const paths = { ...app.document.paths, '/planted-ghost': app.document.paths['/planted-sound/{id}'] };
      const outside = [...OUTSIDE, 'GET /planted-gone', 'GET /planted-sound/{id}'];
      expect(contractFaults({ ...app.document, paths }, app.routes, outside)).toEqual([
        'GET /planted-hidden/{id} is not documented',
        'GET /planted-gone is listed as outside the contract and is no route',
        'GET /planted/broken has no summary',
        'GET /planted-sound/{id} is documented and listed as outside the contract',
        'GET /planted-ghost is documented and is no route',
      ]);
    });
  });

  describe('and what they write to Redis', () => {
    it('are understood as the document describes them', () => {
      expect(faults.filter(isOwn)).toEqual([]);
    });

    it('leave no key without a TTL', () => {
      expect(forEver.filter(isOwn)).toEqual([]);
    });

    it('are doubted where a planted one leaves such a key, or fails', () => {
      expect(new Set(forEver)).toEqual(new Set(['planted:examplexx']));
      expect(faults).toEqual(['GET /planted/broken answers 500']);
    });
  });
});

/** What makes something comes before what needs it. */
function byMethod(a: string, b: string): number {
  const order = ['PUT', 'POST', 'PATCH', 'GET'];
  return order.indexOf(a.split(' ')[0]) - order.indexOf(b.split(' ')[0]);
}
