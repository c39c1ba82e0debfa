// Every process that the bench starts is started here, and none outlives the bench.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** @type {Map<import('node:child_process').ChildProcess, string[]>} the running children, with the tail of their output */
const running = new Map();
const TAIL_LINES = 40;

/**
 * Starts a child in a process group of its own, so that its own children can be ended with it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, uid?: number, gid?: number, ipc?: boolean }} [options]
 */
export function startProcess(command, args, { env = {}, cwd, uid, gid, ipc = false } = {}) {
  const child = spawn(command, args, {
    cwd,
    uid,
    gid,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  });
  const tail = [];
  const keep = (chunk) => {
    tail.push(...String(chunk).split('\n').filter(Boolean));
    tail.splice(0, Math.max(0, tail.length - TAIL_LINES));
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => keep(error.message));
  running.set(child, tail);
  child.once('exit', () => running.get(child)?.push(`exited with ${child.exitCode ?? child.signalCode}`));
  return child;
}

/** The last lines that a child wrote, for an error message. */
export function outputOf(child) {
  return (running.get(child) ?? []).join('\n');
}

/**
 * Ends a child: by closing its IPC channel where it has one (every program of the bench exits on that, and writes its
 * CPU profile first), else by SIGTERM; and by SIGKILL to its whole group once the grace is over.
 */
export async function stopProcess(child, graceMs = 3000) {
  if (child.exitCode === null && child.signalCode === null && child.pid) {
    const gone = once(child, 'exit');
    if (child.connected) child.disconnect();
    else child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(child), graceMs);
    await gone;
    clearTimeout(timer);
  }
  killGroup(child);
  running.delete(child);
}

/** The next message of a child that `accept` takes. Rejects when the child exits or the time is over. */
export function nextMessage(child, accept, timeoutMs) {
  return new Promise((resolve, reject) => {
    const settle = (end) => (value) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      end(value);
    };
    const onMessage = (message) => accept(message) && settle(resolve)(message);
    const onExit = () => settle(reject)(new Error(`A child ended too early:\n${outputOf(child)}`));
    const onTimeout = () => settle(reject)(new Error(`A child stayed silent:\n${outputOf(child)}`));
    const timer = setTimeout(onTimeout, timeoutMs);
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}

/** Sends one question to a child and waits for the answer to it. */
export async function ask(child, question, timeoutMs = 10_000) {
  const id = Math.random();
  const answer = nextMessage(child, (message) => message.id === id, timeoutMs);
  child.send({ id, ...question });
  return await answer;
}

function killGroup(child) {
  if (!child.pid) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

function killAll() {
  for (const child of running.keys()) killGroup(child);
}

process.once('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => process.exit(130));
}
