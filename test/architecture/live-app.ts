import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createApp } from '../../src/app.setup.js';
import { readSettings } from '../../src/config/index.js';
import { createOpenApiDocument } from '../../src/http/index.js';
import { TestRedis } from '../support/redis-server.js';

/** A database that is away: the app boots without it, and quickly. */
export const NO_DATABASE = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };

const running = new Set<NestFastifyApplication>();

export interface LiveApp {
  readonly url: string;
  readonly redis: TestRedis;
  /** What Fastify was given by the controllers, in the words of OpenAPI: `GET /v1/products/{id}`. */
  readonly routes: readonly string[];
  readonly document: OpenAPIObject;
}

/** The app as the server runs it, with its routes told apart; closed after the test file. */
export async function startLiveApp(root?: Type): Promise<LiveApp> {
  const redis = await TestRedis.start();
  const calm = { PORT: '0', LOG_LEVEL: 'silent', REDIS_COMMAND_TIMEOUT_MS: '5000' };
  const nest = await createApp(readSettings({ ...NO_DATABASE, ...calm, REDIS_URL: redis.url }), root);
  running.add(nest);
  const routes: string[] = [];
  nest
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push(`${each} ${url.replace(/:(\w+)/g, '{$1}')}`);
    });
  await nest.listen(0, '127.0.0.1');
  return {
    url: await nest.getUrl(),
    redis,
    routes: routes.filter((route) => !route.startsWith('HEAD ')),
    document: createOpenApiDocument(nest),
  };
}

afterAll(async () => {
  await Promise.all([...running].map((app) => app.close()));
});
