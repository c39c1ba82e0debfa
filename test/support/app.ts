import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.setup.js';
import { readSettings } from '../../src/config/index.js';
import { send, type TestAnswer, type TestRequest } from './http.js';

/**
 * A busy machine must not look like a Redis that is away: tests of the deadline set it. And what is published in the background
 * must not be counted as commands and keys of what was done.
 */
const CALM = {
  PORT: '0',
  LOG_LEVEL: 'silent',
  REDIS_COMMAND_TIMEOUT_MS: '5000',
  CACHE_READ_TIMEOUT_MS: '5000',
  OWN_EVENTS: 'false',
};

const running = new Set<TestApp>();

/** A replica in this process: the real application on a free port. */
export class TestApp {
  private constructor(
    readonly nest: NestFastifyApplication,
    readonly url: string,
  ) {}

  /** @param environment settings by variable; PORT is a free one and LOG_LEVEL silent unless given. */
  static async start(environment: Record<string, string>, root: Type = AppModule): Promise<TestApp> {
    const settings = readSettings({ ...CALM, ...environment });
    const nest = await createApp(settings, root);
    await nest.listen(settings.port, settings.host);
    const app = new TestApp(nest, (await nest.getUrl()).replace('[::1]', '127.0.0.1'));
    running.add(app);
    return app;
  }

  get<T>(token: Type<T>): T {
    return this.nest.get(token, { strict: false });
  }

  /** A request over HTTP; an object as body is sent as JSON. */
  request(method: string, path: string, options?: TestRequest): Promise<TestAnswer> {
    return send(`${this.url}${path}`, method, options);
  }

  async stop(): Promise<void> {
    running.delete(this);
    await this.nest.close();
  }
}

/** AppModule without some of its modules, by class name: `appWithout('CatalogModule')`. */
export function appWithout(...names: string[]): Type {
  const imports = (Reflect.getMetadata(MODULE_METADATA.IMPORTS, AppModule) as Type[]).filter(
    ({ name }) => !names.includes(name),
  );
  @Module({ imports })
  class PartialAppModule {}
  return PartialAppModule;
}

/** AppModule with further modules, such as a controller of the test's own. */
export function appWith(...modules: Type[]): Type {
  const imports = Reflect.getMetadata(MODULE_METADATA.IMPORTS, AppModule) as Type[];
  @Module({ imports: [...imports, ...modules] })
  class ExtendedAppModule {}
  return ExtendedAppModule;
}

afterAll(async () => {
  await Promise.all([...running].map((app) => app.stop()));
});
