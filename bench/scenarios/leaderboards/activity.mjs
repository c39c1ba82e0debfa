// What daily active users take, told by a program that measures the activity of Holdfast by itself.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { outputOf, startProcess, stopProcess } from '../../harness/processes.mjs';
import { step } from '../../harness/progress.mjs';
import { startRedis } from '../../harness/redis-server.mjs';

/** Prints one JSON object: the name of each fact, and its number. */
const PROGRAM = fileURLToPath(new URL('../../apps/leaderboards/activity-facts.mjs', import.meta.url));

/** @returns {Promise<Record<string, number> | undefined>} nothing where the program is not there */
export async function measureActivity() {
  if (!existsSync(PROGRAM)) return undefined;
  step('leaderboards: what active users take');
  const redis = await startRedis();
  const child = startProcess(process.execPath, [PROGRAM], {
    env: { REDIS_URL: redis.url, NODE_ENV: 'production' },
  });
  try {
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    const [exitCode] = await once(child, 'close');
    if (exitCode !== 0) throw new Error(`The facts of activity could not be measured:\n${outputOf(child)}`);
    return JSON.parse(output);
  } finally {
    await stopProcess(child);
    await redis.stop();
  }
}
