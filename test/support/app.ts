import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.setup.js';
import { readSettings } from '../../src/config/index.js';

const running = new Set<TestApp>();

/** A replica in this process: the real application on a free port. */
export class TestApp {
  private constructor(
    readonly nest: NestFastifyApplication,
    readonly url: string,
  ) {}

  /** @param environment settings by variable; PORT is a free one and LOG_LEVEL silent unless given. */
  static async start(environment: Record<string, string>, root: Type = AppModule): Promise<TestApp> {
    const settings = readSettings({ PORT: '0', LOG_LEVEL: 'silent', ...environment });
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
  async request(method: string, path: string, options: TestRequest = {}): Promise<TestAnswer> {
    const { body, headers = {} } = options;
    const json = body !== undefined && typeof body !== 'string';
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
      body: json ? JSON.stringify(body) : body,
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: type.includes('json') ? JSON.parse(text) : text,
    };
  }

  async stop(): Promise<void> {
    running.delete(this);
    await this.nest.close();
  }
}

export interface TestRequest {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what the wire carries
  readonly body: any;
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
