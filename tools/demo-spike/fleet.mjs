import { fork } from 'node:child_process';
import { inProject } from '../bootstrap/project.mjs';

/** One client may make so many catalog requests a minute, over all replicas together. */
export const LIMIT = 100;

/**
 * Starts replicas on one Redis and one database, and waits until each is ready.
 *
 * @param {{ redisUrl: string, databaseUrl: string, count?: number, without?: string[] }} options
 * @returns {Promise<{ urls: string[], stop(): Promise<void> }>}
 */
export async function startFleet({ redisUrl, databaseUrl, count = 3, without = [] }) {
  const env = {
    ...process.env,
    REDIS_URL: redisUrl,
    CACHE_REDIS_URL: '',
    DATABASE_URL: databaseUrl,
    RATE_LIMIT: String(LIMIT),
    RATE_LIMIT_WINDOW_MS: '60000',
    // The balancer names the client, as one in front of a fleet does.
    TRUST_PROXY: '127.0.0.0/8',
    LOG_LEVEL: 'error',
  };
  const replicas = await Promise.all(Array.from({ length: count }, () => startReplica(env, without)));
  return {
    urls: replicas.map(({ url }) => url),
    stop: async () => {
      await Promise.all(replicas.map(({ stop }) => stop()));
    },
  };
}

async function startReplica(env, without) {
  const child = fork(inProject('tools/demo-spike/replica.mjs'), without, { env });
  const ended = new Promise((done) => child.once('exit', done));
  const url = await new Promise((done, fail) => {
    child.once('message', (message) => done(message.url));
    void ended.then((code) => fail(new Error(`a replica ended with code ${code}`)));
  });
  await ready(url);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function ready(url) {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await fetch(`${url}/health/ready`);
    await answer.text();
    if (answer.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${url} did not become ready`);
}
