import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from './settings.js';

/** Another process works in the folder; two would destroy each other's files. */
export class DataFolderInUseError extends Error {
  constructor(folder: string, owner: string) {
    super(
      `The data folder ${folder} is in use by process ${owner}. Stop that process, or set DATA_DIR to another folder.`,
    );
    this.name = 'DataFolderInUseError';
  }
}

/**
 * The folder of the embedded servers, claimed by one process at a time.
 * The claim is a listening Unix socket: the kernel drops it with the process, however that ends, so no claim
 * goes stale and no process id is mistaken for another.
 */
@Injectable()
export class DataFolder implements OnApplicationShutdown {
  private claimed?: Promise<string>;
  private lock?: Server;

  constructor(private readonly settings: Settings) {}

  /**
   * Makes the folder and claims it, once.
   *
   * @returns its absolute path.
   * @throws DataFolderInUseError
   */
  claim(): Promise<string> {
    return (this.claimed ??= this.take());
  }

  onApplicationShutdown(): void {
    this.lock?.close();
  }

  private async take(): Promise<string> {
    mkdirSync(resolve(this.settings.dataDir), { recursive: true, mode: 0o700 });
    const folder = realpathSync(this.settings.dataDir);
    const path = lockPath(folder);
    const owner = await askOwner(path);
    if (owner !== undefined) throw new DataFolderInUseError(this.settings.dataDir, owner);
    rmSync(path, { force: true });
    this.lock = await listen(path, folder);
    return folder;
  }
}

/** Short and outside the folder: a socket's path has about a hundred bytes at most. */
function lockPath(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(tmpdir(), `holdfast-${name}.lock`);
}

/** The process id of the owner, or undefined when nobody listens. */
function askOwner(path: string): Promise<string | undefined> {
  return new Promise((done) => {
    let answer = '';
    const socket = connect(path);
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.on('end', () => done(answer));
    socket.on('error', () => done(undefined));
  });
}

function listen(path: string, folder: string): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((socket) =>
      socket.on('error', () => socket.destroy()).end(String(process.pid)),
    );
    server.on('error', () => fail(new DataFolderInUseError(folder, 'that started at the same moment')));
    server.listen(path, () => done(server.unref()));
  });
}
