/**
 * Brings all that the project needs on this machine and ends: a Redis server, the dependencies, the build. npm start
 * and npm test do the same for themselves.
 */
import './bootstrap/node-version.mjs';
import { ensureBuild } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { runTool } from './bootstrap/failure.mjs';
import { ensureRedisServer } from './bootstrap/redis-server.mjs';

await runTool(async () => {
  await ensureRedisServer();
  await ensureDependencies();
  await ensureBuild();
});
