import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Logger } from '@nestjs/common';

/** Where a server keeps its append-only files unless it is told otherwise. */
const MANIFEST = join('appendonlydir', 'appendonly.aof.manifest');

/**
 * Takes the end of a write that a killed server has begun, and not ended, out of its append-only file. Redis does so itself when it
 * loads the file, but of a script's writes, which stand there as one transaction, it leaves the first ones: the next transaction
 * ends it, and at the restart after this one they are done after all, although their callers were told that they were not, and have done them
 * again (mended in Valkey by its pull request 4342, of 2026). The checker, which is the server's own program under another name, cuts before the
 * whole transaction.
 *
 * @param binary the server, which must not run on this folder.
 */
export async function repairAof(binary: string, folder: string): Promise<void> {
  const manifest = join(folder, MANIFEST);
  if (!existsSync(manifest)) return;
  const argv0 = basename(binary).includes('valkey') ? 'valkey-check-aof' : 'redis-check-aof';
  const checker = spawn(binary, ['--fix', manifest], { argv0, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const pipe of [checker.stdout, checker.stderr]) pipe.on('data', (chunk) => (said += String(chunk)));
  // It asks before it cuts, and is gone by then if it has nothing to ask.
  checker.stdin.on('error', () => undefined).end('y\n');
  const [code] = (await once(checker, 'close')) as [number | null];
  const logger = new Logger('Redis');
  if (code !== 0) logger.warn(`the append-only file could not be checked: ${said.trim().slice(-500)}`);
  else if (said.includes('Successfully truncated'))
    logger.warn('a write that was cut off was taken out of the append-only file');
}
