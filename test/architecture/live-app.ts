import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.setup.js';
import { readSettings } from '../../src/config/index.js';

/** Stores that are away: the app boots without them, and what is looked at here does not need them. */
export const NO_STORES = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgres://127.0.0.1:1/none' };

const running = new Set<NestFastifyApplication>();

export interface LiveApp {
  readonly nest: NestFastifyApplication;
  /** What Fastify was given by the controllers, in the words of OpenAPI: `GET /v1/products/{id}`. */
  readonly routes: readonly string[];
}

/** The app as the server runs it, not listening; closed after the test file. */
export async function startLiveApp(root?: Type): Promise<LiveApp> {
  const nest = await createApp(readSettings({ ...NO_STORES, LOG_LEVEL: 'silent' }), root);
  running.add(nest);
  const routes: string[] = [];
  nest
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push(`${each} ${url.replace(/:(\w+)/g, '{$1}')}`);
    });
  await nest.init();
  return { nest, routes: routes.filter((route) => !route.startsWith('HEAD ')) };
}

afterAll(async () => {
  await Promise.all([...running].map((app) => app.close()));
});
