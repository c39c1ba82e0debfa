/**
 * The redis-server binary: the application embeds one when no REDIS_URL is set, and every test worker has its own.
 * Valkey speaks the same protocol and counts.
 */
import path from 'node:path';
import { ask } from './command.mjs';
import { BootstrapFailure } from './failure.mjs';
import { isExecutable, onPath } from './programs.mjs';
import { note } from './progress.mjs';
import { installRedis } from './redis-install.mjs';

const oldestMajor = 7;
const find = () => onPath('redis-server', 'valkey-server');

/** The binary that REDIS_SERVER_BIN names: a path, or a name on PATH. */
function chosenByHand(name) {
  const file = name.includes(path.sep) ? path.resolve(name) : onPath(name);
  if (file && isExecutable(file)) return file;
  throw new BootstrapFailure(`REDIS_SERVER_BIN is "${name}", which is not a program that can be run`);
}

function versionOf(file) {
  const version = /v=((\d+)[\d.]*)/.exec(ask(file, '--version') ?? '');
  if (!version) throw new BootstrapFailure(`${file} does not answer --version as a Redis server does`);
  if (Number(version[2]) < oldestMajor) {
    throw new BootstrapFailure(`${file} is version ${version[1]}; ${oldestMajor}.0 or newer is needed`);
  }
  return version[1];
}

/**
 * Finds a Redis server binary, installs the system's package where there is none, and leaves its path in
 * REDIS_SERVER_BIN for the application and the tests.
 * @param {string} [otherwise] What a person can do instead of installing one.
 * @throws {BootstrapFailure} When there is none and none can be installed without asking.
 */
export async function ensureRedisServer(otherwise = 'set REDIS_SERVER_BIN') {
  const byHand = process.env.REDIS_SERVER_BIN;
  const file = byHand ? chosenByHand(byHand) : (find() ?? (await installRedis(find, otherwise)));
  note(`using ${file}, version ${versionOf(file)}`);
  process.env.REDIS_SERVER_BIN = file;
}
