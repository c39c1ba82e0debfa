/**
 * Starts the image's CMD as a container would: as another user, on files that it cannot change, with only /tmp to write
 * to and a Redis somewhere else; and stops it as a container would, by SIGTERM.
 */
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { ask, execute } from '../bootstrap/command.mjs';
import { BootstrapFailure } from '../bootstrap/failure.mjs';
import { inProject } from '../bootstrap/project.mjs';
import { eventually, inBackground } from './background.mjs';

const bootMs = 30_000;
const shutdownMs = 10_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** The image's user where this process may become it, else this process' own. */
function identity(user) {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = user.split(':').map(Number);
  return { uid, gid };
}

/** What a container's variables are, with its /tmp in the rehearsal's folder and its port on loopback. */
function environment(image, port, redisPort) {
  const tmp = path.join(image.folder, 'tmp');
  const own = Object.entries(image.env).map(([name, value]) => [name, value.replace(/^\/tmp(?=\/|$)/, tmp)]);
  const given = { HOST: '127.0.0.1', PORT: String(port), REDIS_URL: `redis://127.0.0.1:${redisPort}` };
  const limits = { SHUTDOWN_TIMEOUT_MS: String(shutdownMs) };
  return { PATH: process.env.PATH, TMPDIR: tmp, ...Object.fromEntries(own), ...given, ...limits };
}

function makeReadOnly(image, { uid, gid }) {
  ask('chmod', '-R', 'a-w,a+rX', image.cwd);
  const tmp = path.join(image.folder, 'tmp');
  mkdirSync(tmp, { recursive: true });
  if (uid !== undefined) chownSync(tmp, uid, gid);
  chmodSync(tmp, 0o700);
}

async function startRedis(folder) {
  const port = await freePort();
  const data = path.join(folder, 'redis');
  mkdirSync(data, { recursive: true });
  const flags = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    data,
    '--maxmemory-policy',
    'noeviction',
  ];
  const server = inBackground([process.env.REDIS_SERVER_BIN, ...flags, '--save', '', '--appendonly', 'yes']);
  await eventually(
    'the temporary Redis',
    bootMs,
    () => server.ended || server.output.includes('Ready to accept'),
  );
  if (server.ended) throw new BootstrapFailure(`the temporary Redis ended at once:\n${server.output}`);
  return { server, port };
}

async function isAlive(server, port) {
  if (server.ended) throw new BootstrapFailure(`the server ended while it started:\n${server.output}`);
  const answer = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined);
  return answer?.status === 200;
}

/** Every metric that the alerts in docs/deploy.md speak of is one that the server has. */
async function hasDocumentedMetrics(port) {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const guide = readFileSync(inProject('docs', 'deploy.md'), 'utf8');
  const named = new Set(guide.match(/\b(holdfast|nodejs)_[a-z_0-9]+/g));
  const unknown = [...named].filter((name) => !metrics.includes(`# TYPE ${name.replace(/_count$/, '')} `));
  if (unknown.length > 0)
    throw new BootstrapFailure(`docs/deploy.md names metrics that are not there: ${unknown}`);
}

async function stopInTime(server) {
  server.signal('SIGTERM');
  await eventually('the exit after SIGTERM', shutdownMs + 2000, () => server.ended);
  const code = await server.exited;
  if (code !== 0)
    throw new BootstrapFailure(`after SIGTERM the server ended with ${code}, not 0:\n${server.output}`);
}

/**
 * @param {{ folder: string, cwd: string, env: Record<string, string>, user: string, command: string[],
 *   healthcheck: string[] }} image The last stage of a rehearsal.
 * @throws {BootstrapFailure} When it does not start, is not healthy or does not stop as it should.
 */
export async function serve(image) {
  const owner = identity(image.user);
  makeReadOnly(image, owner);
  const redis = await startRedis(path.dirname(image.folder));
  const port = await freePort();
  const options = { cwd: image.cwd, env: environment(image, port, redis.port), ...owner };
  const server = inBackground(image.command, options);
  try {
    await eventually('/health/live', bootMs, () => isAlive(server, port));
    if ((await execute(image.healthcheck, options)) !== 0)
      throw new BootstrapFailure('the HEALTHCHECK fails');
    await hasDocumentedMetrics(port);
    await stopInTime(server);
  } finally {
    server.signal('SIGKILL');
    redis.server.signal('SIGTERM');
    await Promise.all([server.exited, redis.server.exited]);
  }
}
