/** The stores and some features of the app, without its HTTP server: what a command works with. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ensureBuild } from '../bootstrap/compile.mjs';
import { ensureDependencies } from '../bootstrap/dependencies.mjs';
import { BootstrapFailure, runTool } from '../bootstrap/failure.mjs';
import { inProject } from '../bootstrap/project.mjs';
import { ensureRedisServer } from '../bootstrap/redis-server.mjs';

const MIGRATION_TIMEOUT_MS = 30_000;
const require = createRequire(inProject('package.json'));

/**
 * Installs and builds what is missing, and does a command's work. A failure that a person can act on is a line; the rest is a
 * bug and keeps its stack.
 * @param {() => object[]} modules Of the features; called when they are built.
 * @param {(app: object) => Promise<void>} work
 */
export function runInContext(modules, work) {
  return runTool(async () => {
    // As the server does: the stores' URLs may stand there.
    if (existsSync('.env')) process.loadEnvFile('.env');
    if (!process.env.REDIS_URL) await ensureRedisServer('set REDIS_URL');
    await ensureDependencies();
    await ensureBuild();
    const app = await start(modules()).catch(explain);
    try {
      await migrated(app);
      await work(app);
    } catch (error) {
      explain(error);
    } finally {
      await app.close();
    }
  });
}

/** What a folder of the build exports. */
export const built = (folder) => require(`./dist/${folder}/index.js`);

async function start(modules) {
  require('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { ConfigModule, readSettings } = built('config');
  const imports = [
    ConfigModule.forRoot(readSettings(process.env)),
    built('http').HttpModule,
    built('redis').RedisModule,
    built('postgres').PostgresModule,
    built('observability').ObservabilityModule,
    ...modules,
  ];
  const root = class CommandModule {};
  return NestFactory.createApplicationContext(
    { module: root, imports },
    { logger: ['error'], abortOnError: false },
  );
}

async function migrated(app) {
  const timeout = new Promise((_done, fail) => {
    const message = `the database did not answer within ${MIGRATION_TIMEOUT_MS / 1000} s`;
    setTimeout(() => fail(new BootstrapFailure(message)), MIGRATION_TIMEOUT_MS).unref();
  });
  await Promise.race([app.get(built('postgres').Postgres).whenMigrated(), timeout]);
}

function explain(error) {
  const isExpected = error instanceof built('errors').DomainError || EXPECTED.has(error?.name);
  throw isExpected ? new BootstrapFailure(error.message) : error;
}

const EXPECTED = new Set([
  'InvalidSettingsError',
  'DataFolderInUseError',
  'FilmsMissingError',
  'RedisServerMissingError',
]);
