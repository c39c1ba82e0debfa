import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { ConfigModule, type Settings } from './config/index.js';
import {
  createFastifyAdapter,
  createValidationPipe,
  echoRequestId,
  GracefulShutdown,
  serveOpenApi,
} from './http/index.js';
import { createLogger, HttpMetrics, PinoLoggerService } from './observability/index.js';

/**
 * The whole application, not yet listening: the same for the server and for tests.
 *
 * @param root AppModule, or one with other features.
 */
export async function createApp(settings: Settings, root: Type = AppModule): Promise<NestFastifyApplication> {
  const logger = createLogger(settings.logLevel);
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: root, imports: [ConfigModule.forRoot(settings)] },
    createFastifyAdapter(settings),
    { logger: new PinoLoggerService(logger), abortOnError: false, bodyParser: false },
  );
  const fastify = app.getHttpAdapter().getInstance();
  echoRequestId(fastify);
  app.get(GracefulShutdown).watch(fastify);
  app.get(HttpMetrics).watch(fastify);
  app.useGlobalPipes(createValidationPipe());
  serveOpenApi(app);
  return app;
}
