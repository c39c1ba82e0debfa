import { fileURLToPath } from 'node:url';
import { contentOf } from '../../apps/sessions/content.mjs';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * @typedef {object} SessionArm besides what every arm has
 * @property {string} [against] the arm of Holdfast that it is compared with
 */

async function post(url, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status !== 201) throw new Error(`${url} answered ${response.status} ${await response.text()}`);
  return response;
}

async function loginToHoldfast(baseUrl, index) {
  const { token } = await (await post(`${baseUrl}/v1/sessions`, contentOf(index))).json();
  return { 'session-token': token };
}

async function loginToPeer(baseUrl, index) {
  const response = await post(`${baseUrl}/login`, contentOf(index));
  return { cookie: response.headers.get('set-cookie').split(';')[0] };
}

const http = (name, title, program, more) => ({
  ...{ name, title, program: at(program), path: '/me', login: loginToPeer, refusedWithoutLogin: 401 },
  ...more,
});

const store = (name, title, program, more) => ({
  ...{ kind: 'driver', name, title, program: at(program), alone: true },
  ...more,
});

const STORES = [
  store('holdfast-store', 'SessionsService.verify, in process', 'apps/sessions/holdfast.mjs'),
  store(
    'holdfast-store-sliding',
    'the same with an idle timeout so short that every use slides it',
    'apps/sessions/holdfast.mjs',
    { env: { SESSION_IDLE_TTL_MS: '7500' } },
  ),
  store(
    'connect-redis-store',
    'get and touch of connect-redis on node-redis, in process',
    'apps/peers/session-stores/driver.mjs',
    { env: { STORE: 'connect-redis' }, against: 'holdfast-store-sliding' },
  ),
  store(
    'fastify-session-store',
    'get and set of the ioredis store, in process',
    'apps/peers/session-stores/driver.mjs',
    { env: { STORE: 'fastify' }, against: 'holdfast-store-sliding' },
  ),
];

const APPS = [
  http('holdfast', 'a route behind @RequireSession(), on Nest and Fastify', 'dist/sessions/main.js', {
    login: loginToHoldfast,
    readyPath: '/health/ready',
  }),
  http(
    'connect-redis',
    'express-session with connect-redis, on Express',
    'apps/peers/session-stores/express-app.mjs',
    { against: 'holdfast' },
  ),
  http(
    'fastify-session',
    '@fastify/session with an ioredis store, on Fastify',
    'apps/peers/session-stores/fastify-app.mjs',
    { against: 'holdfast' },
  ),
];

/** The peers' apps after the move of one line. */
const MOVED_APPS = [
  http(
    'express-on-holdfast',
    'the same Express app with expressSessionStore',
    'apps/peers/session-stores/express-app.mjs',
    { env: { STORE: 'holdfast' }, optional: true },
  ),
  http(
    'fastify-on-holdfast',
    'the same Fastify app with FastifySessionStore',
    'apps/peers/session-stores/fastify-app.mjs',
    { env: { STORE: 'holdfast' }, optional: true },
  ),
];

/** @type {((import('../../harness/http-app.mjs').HttpArm | import('../../harness/driver-round.mjs').DriverArm) & SessionArm)[]} */
export const ARMS = [...STORES, ...APPS, ...MOVED_APPS];

const facts = (name, program, env) => ({ kind: 'driver', name, program: at(program), env });

/** The drivers of facts.mjs. */
export const FACTS = [
  facts('holdfast', 'apps/sessions/holdfast-facts.mjs', {}),
  facts('connect-redis', 'apps/peers/session-stores/facts.mjs', { STORE: 'connect-redis' }),
  facts('fastify-session', 'apps/peers/session-stores/facts.mjs', { STORE: 'fastify' }),
];

/** The store of @fastify/session can do it no otherwise than that of express-session. */
export const REVOKING = ['holdfast', 'connect-redis'];
