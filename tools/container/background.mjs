/**
 * Programs that run while a check needs them. Each is ended with its check, whatever comes of it, and with this
 * process at the latest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { BootstrapFailure } from '../bootstrap/failure.mjs';

const pollMs = 50;
const running = new Set();

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/**
 * @param {string[]} command
 * @param {object} [options] For child_process.spawn.
 * @returns {{ output: string, exited: Promise<number | string>, ended: boolean, signal: (name: string) => void }} Its
 *   exit code, or the name of the signal that ended it.
 */
export function inBackground([program, ...args], options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const handle = { output: '', ended: false, signal: (name) => child.kill(name) };
  running.add(child);
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding('utf8').on('data', (text) => (handle.output += text));
  }
  handle.exited = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    handle.ended = true;
    return code ?? signal;
  });
  return handle;
}

/**
 * @template T
 * @param {string} what For the failure: "the server to be ready".
 * @param {number} deadlineMs
 * @param {() => Promise<T | undefined> | T | undefined} probe Asked again until it gives something truthy.
 * @returns {Promise<T>}
 * @throws {BootstrapFailure} When the deadline passes.
 */
export async function eventually(what, deadlineMs, probe) {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > deadline) throw new BootstrapFailure(`waited ${deadlineMs} ms in vain for ${what}`);
    await pause(pollMs);
  }
}
