import { rmSync } from 'node:fs';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Length } from 'class-validator';
import type { Redis } from 'ioredis';
import { createOpenApiDocument } from '../../src/http/index.js';
import { RedisClient } from '../../src/redis/index.js';
import { appWith, TestApp } from '../support/app.js';
import { dataFolderWithPostgres } from '../support/postgres.js';
import { TestRedis } from '../support/redis-server.js';
import { exampleRequest, type ExampleRequest } from './example-request.js';
import { operationsOf } from './openapi.js';

jest.setTimeout(60_000);

/** Keys that hold configuration and stay until somebody changes it. None yet. */
const FOREVER: readonly RegExp[] = [];

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
  async write(@Body() { text }: PlantedDto): Promise<void> {
    await this.redis.call('planted.set', (redis) => redis.set(`planted:${text}`, 'for ever'));
  }

  @Get('doubtful')
  fail(): never {
    throw new Error('planted');
  }
}

@Module({ controllers: [PlantedController] })
class PlantedModule {}

/** Every key that would stay for ever. */
async function keysForEver(redis: Redis): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of redis.scanStream({ count: 1000 })) keys.push(...(page as string[]));
  const ttls = await Promise.all(keys.map((key) => redis.pttl(key)));
  return keys.filter((key, index) => ttls[index] === -1 && !FOREVER.some((known) => known.test(key))).sort();
}

describe('keys of Redis', () => {
  let app: TestApp;
  let folder: string;
  let forEver: string[];
  const faults: string[] = [];

  /** The token of a session that may do everything. */
  async function login(): Promise<string> {
    const body = { userId: 'example', roles: ['admin', 'editor'] };
    const answer = await app.request('POST', '/v1/sessions', { body });
    return (answer.body as { token?: string }).token ?? '';
  }

  /** Sends the example of a route, and lets go of an answer that would never end. */
  async function drive({ method, path, headers, body }: ExampleRequest, route: string): Promise<void> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const done = new AbortController();
    const { status } = await fetch(`${app.url}${path}`, {
      method,
      headers: { 'session-token': await login(), ...json, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: done.signal,
    });
    done.abort();
    if (NOT_UNDERSTOOD.includes(status) || status >= 500) faults.push(`${route} answers ${status}`);
  }

  beforeAll(async () => {
    const redis = await TestRedis.start();
    folder = await dataFolderWithPostgres();
    app = await TestApp.start({ REDIS_URL: redis.url, DATA_DIR: folder }, appWith(PlantedModule));
    const document = createOpenApiDocument(app.nest);
    const routes = [...operationsOf(document).keys()].sort(byMethod);
    const deletes = (route: string) => route.startsWith('DELETE ');
    for (const route of routes.filter((each) => !deletes(each))) {
      await drive(exampleRequest(document, route), route);
    }
    forEver = await keysForEver(redis.client);
    expect(await redis.client.dbsize()).toBeGreaterThan(forEver.length);
    for (const route of routes.filter(deletes)) await drive(exampleRequest(document, route), route);
    forEver.push(...(await keysForEver(redis.client)));
  });

  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('have a TTL, whichever route wrote them', () => {
    expect(forEver.filter((key) => !key.includes('planted'))).toEqual([]);
  });

  it('are written by requests that the document calls valid', () => {
    expect(faults.filter((fault) => !fault.includes('planted'))).toEqual([]);
  });

  it('are missed where a planted route writes one for ever, or does not understand its own example', () => {
    expect(new Set(forEver)).toEqual(new Set(['planted:examplexx']));
    expect(faults).toEqual(['GET /planted/doubtful answers 500']);
  });
});

/** What makes something comes before what needs it. */
function byMethod(a: string, b: string): number {
  const order = ['PUT', 'POST', 'PATCH', 'GET'];
  return order.indexOf(a.split(' ')[0]) - order.indexOf(b.split(' ')[0]);
}
