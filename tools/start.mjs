/**
 * npm start: brings what is missing (a Redis server, dependencies, the build), then becomes the server.
 * The server runs in this very process and not in a child: a signal, from a terminal's Ctrl-C or from npm, reaches
 * its graceful shutdown directly and nothing can be left behind.
 */
import './bootstrap/node-version.mjs';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { runTool } from './bootstrap/failure.mjs';
import { inProject } from './bootstrap/project.mjs';
import { ensureRedisServer } from './bootstrap/redis-server.mjs';

await runTool(async () => {
  // As the server does: a REDIS_URL may stand there.
  if (existsSync('.env')) process.loadEnvFile('.env');
  if (!process.env.REDIS_URL) await ensureRedisServer('set REDIS_URL');
  await ensureDependencies();
  await ensureBuild();
  const main = inProject('dist', 'main.js');
  process.argv[1] = main;
  await import(pathToFileURL(main));
});
