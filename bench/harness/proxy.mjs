import { fileURLToPath } from 'node:url';
import { performance } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { ask, nextMessage, startProcess, stopProcess } from './processes.mjs';
import { summarize } from './stats.mjs';

const PROGRAM = fileURLToPath(new URL('./tcp-proxy.mjs', import.meta.url));

/**
 * Starts the proxy process in front of a Redis.
 *
 * @param {number} redisPort
 * @param {{ delayMs?: number, countCommands?: boolean }} [options] the delay is that of one direction
 */
export async function startProxy(redisPort, { delayMs = 0, countCommands = false } = {}) {
  const mode = countCommands ? ['count-commands'] : [];
  const child = startProcess(process.execPath, [PROGRAM, String(redisPort), String(delayMs), ...mode], {
    ipc: true,
  });
  try {
    const { port } = await nextMessage(child, (message) => message.ready, 10_000);
    return {
      port,
      url: `redis://127.0.0.1:${port}`,
      pid: child.pid,
      /** Counters since the start: round trips, bytes of both directions, commands by name. */
      snapshot: () => ask(child, { kind: 'snapshot' }),
      /** How much later than asked the bytes were sent on, since the last `forget`. */
      lateness: () => ask(child, { kind: 'lateness' }),
      forget: () => ask(child, { kind: 'forget' }),
      stop: () => stopProcess(child),
    };
  } catch (error) {
    await stopProcess(child);
    throw error;
  }
}

/** Median and spread of the time of single PINGs over a port, in ms. */
export async function pingMs(port, count = 300) {
  const client = new Redis({ port, host: '127.0.0.1' });
  const times = [];
  for (let ping = -20; ping < count; ping += 1) {
    const from = performance.now();
    await client.ping();
    if (ping >= 0) times.push(performance.now() - from);
  }
  client.disconnect();
  const { median, q1, q3 } = summarize(times);
  return { median, q1, q3 };
}
