import { Controller, Get, HttpCode, Module, NotFoundException, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Cached, CacheModule } from '../../src/cache/index.js';
import { RequireSession, SessionsModule } from '../../src/sessions/index.js';
import { CountersService, CountsView } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { countersWith } from '../support/counters.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

@Controller('films')
class FilmsController {
  runs = 0;

  @Get(':id')
  @CountsView('film:{id}', { windows: true })
  show(@Param('id') id: string): { id: string } {
    if (id === 'none') throw new NotFoundException();
    return { id };
  }

  @Get(':id/cached')
  @Cached({ ttlMs: 60_000, scope: 'public' })
  @CountsView('cached:{id}')
  cached(@Param('id') id: string): { id: string; runs: number } {
    return { id, runs: (this.runs += 1) };
  }

  @CountsView('above:{id}')
  @Get(':id/above')
  @Cached({ ttlMs: 60_000, scope: 'public' })
  above(@Param('id') id: string): { id: string } {
    return { id };
  }

  @Get(':id/own')
  @CountsView('own:{id}')
  own(@Res() reply: FastifyReply): void {
    void reply.code(204).send();
  }

  @Get(':id/moved')
  @HttpCode(302)
  @CountsView('moved:{id}')
  moved(): void {}

  @Get(':id/guarded')
  @RequireSession()
  @CountsView('guarded:{id}')
  guarded(): void {}
}

@Module({ imports: [CacheModule, SessionsModule], controllers: [FilmsController] })
class FilmsModule {}

let redis: TestRedis;
let app: TestApp;
let counters: CountersService;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, countersWith(FilmsModule));
  counters = app.get(CountersService);
});

/** Counts of one sending come together: until what is counted last is there. */
async function arrived(): Promise<void> {
  const last = await counters.value('last');
  counters.count('last');
  await waitFor(async () => (await counters.value('last')) > last, { what: 'the counts' });
}

/** A view is counted once its answer has left, which its client may know before. */
async function counted(name: string, value: bigint): Promise<void> {
  await waitFor(async () => (await counters.value(name)) >= value, { what: `${value} views of ${name}` });
  await arrived();
  expect(await counters.value(name)).toBe(value);
}

describe('a route that counts its views', () => {
  it('counts each answer under the name of its parameters, and in windows where it is to', async () => {
    for (const id of ['1', '1', 'a:{b} ü']) {
      expect((await app.request('GET', `/films/${encodeURIComponent(id)}`)).body).toEqual({ id });
    }
    await counted('film:1', 2n);
    await counted('film:a:{b} ü', 1n);
    const { windows } = await counters.windowed('film:1', { granularity: 'hour' });
    expect(windows.reduce((sum, { count }) => sum + count, 0n)).toBe(2n);
  });

  it.each(['cached', 'above'])('counts what the cache answers, also with 304: %s', async (route) => {
    const first = await app.request('GET', `/films/1/${route}`);
    const again = await app.request('GET', `/films/1/${route}`);
    expect(again.body).toEqual(first.body);
    const etag = first.headers.get('etag') ?? again.headers.get('etag') ?? '';
    const { status } = await app.request('GET', `/films/1/${route}`, { headers: { 'if-none-match': etag } });
    expect(status).toBe(304);
    await counted(`${route}:1`, 3n);
  });

  it('counts what its handler sends by itself', async () => {
    expect((await app.request('GET', '/films/1/own')).status).toBe(204);
    await counted('own:1', 1n);
  });

  it('counts no errors, no refusals, no redirects, no HEAD, and nothing without a name', async () => {
    const statuses = [];
    for (const path of ['none', '1/moved', '1/guarded', encodeURIComponent('ü'.repeat(128))]) {
      statuses.push((await app.request('GET', `/films/${path}`)).status);
    }
    expect(statuses).toEqual([404, 302, 401, 200]);
    await app.request('HEAD', '/films/head');
    await app.request('GET', '/films/after');
    await counted('film:after', 1n);
    for (const name of ['film:none', 'moved:1', 'guarded:1', 'film:head']) {
      expect(await counters.value(name)).toBe(0n);
    }
  });
});
