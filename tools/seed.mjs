/**
 * npm run seed: the films of vega-datasets into the database of DATABASE_URL, or into the embedded one in DATA_DIR. To
 * run it again changes nothing. The embedded database has one user at a time: stop the server first.
 */
import './bootstrap/node-version.mjs';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ensureBuild } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { BootstrapFailure, runTool } from './bootstrap/failure.mjs';
import { note } from './bootstrap/progress.mjs';
import { inProject } from './bootstrap/project.mjs';

const MIGRATION_TIMEOUT_MS = 30_000;
const require = createRequire(inProject('package.json'));

await runTool(async () => {
  // As the server does: a DATABASE_URL may stand there.
  if (existsSync('.env')) process.loadEnvFile('.env');
  await ensureDependencies();
  await ensureBuild();
  const app = await startCatalog().catch(explain);
  try {
    print(await seed(app));
  } catch (error) {
    explain(error);
  } finally {
    await app.close();
  }
});

/** The catalog and its database alone: no HTTP server, no Redis. */
async function startCatalog() {
  require('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { ConfigModule, readSettings } = require('./dist/config/index.js');
  const { Postgres, PostgresModule } = require('./dist/postgres/index.js');
  const { CatalogStoreModule } = require('./dist/catalog/index.js');
  const root = class SeedModule {};
  const imports = [ConfigModule.forRoot(readSettings(process.env)), PostgresModule, CatalogStoreModule];
  const app = await NestFactory.createApplicationContext(
    { module: root, imports },
    { logger: ['error'], abortOnError: false },
  );
  await migrated(app, app.get(Postgres));
  return app;
}

async function migrated(app, postgres) {
  const timeout = new Promise((_done, fail) => {
    const message = `the database did not answer within ${MIGRATION_TIMEOUT_MS / 1000} s`;
    setTimeout(() => fail(new BootstrapFailure(message)), MIGRATION_TIMEOUT_MS).unref();
  });
  await Promise.race([postgres.whenMigrated(), timeout]).catch(async (error) => {
    await app.close();
    throw error;
  });
}

async function seed(app) {
  const { CatalogSeeder } = require('./dist/catalog/index.js');
  const seeder = app.get(CatalogSeeder);
  if (!process.stderr.isTTY || process.env.CI) {
    return seeder.seed({ onProgress: (written, total) => note(`seeding ${written} of ${total} products`) });
  }
  const { SingleBar, Presets } = require('cli-progress');
  const format = 'holdfast: seeding {bar} {value} of {total} products, {eta} s left';
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  try {
    const onProgress = (written, total) => (written === 0 ? bar.start(total, 0) : bar.update(written));
    return await seeder.seed({ onProgress });
  } finally {
    bar.stop();
  }
}

function print({ read, kept, dropped, repaired, inserted, updated, untouched }) {
  const counts = (entries) =>
    Object.entries(entries).map(([what, count]) => `  ${String(count).padStart(5)}  ${what}`);
  const lines = [
    `${read} rows read, ${kept} kept`,
    'left out:',
    ...counts(dropped),
    'put right:',
    ...counts(repaired),
    `${inserted} products new, ${updated} changed, ${untouched} as they were`,
  ];
  console.log(lines.join('\n'));
}

/** What a person can act on is a line; the rest is a bug and keeps its stack. */
function explain(error) {
  const expected = [
    'InvalidSettingsError',
    'DataFolderInUseError',
    'FilmsMissingError',
    'DatabaseUnavailableError',
  ];
  throw expected.includes(error?.name) ? new BootstrapFailure(error.message) : error;
}
