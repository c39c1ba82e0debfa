import { existsSync } from 'node:fs';
import { assertProtected } from './access/index.js';
import { createApp } from './app.setup.js';
import { readSettings } from './config/index.js';
import { announce } from './announce.js';

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const settings = readSettings(process.env);
  assertProtected(settings);
  const app = await createApp(settings);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(settings.port, settings.host);
  announce(await app.getUrl());
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
