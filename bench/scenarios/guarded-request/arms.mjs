import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const PATH = '/products/1001';

async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${url} answered ${response.status} ${await response.text()}`);
  return { response, body: await response.json() };
}

async function loginToPeers(baseUrl, index) {
  const { response } = await post(`${baseUrl}/login`, { userId: `user-${index}` });
  return { cookie: response.headers.get('set-cookie').split(';')[0] };
}

async function loginToHoldfast(baseUrl, index) {
  const data = { locale: 'nb-NO', theme: 'dark', cartId: 'cart-5f2c81', lastSeenSku: 'HF-1001' };
  const { body } = await post(`${baseUrl}/v1/sessions`, {
    userId: `user-${index}`,
    roles: ['customer'],
    data,
  });
  return { 'session-token': body.token };
}

/** @type {(import('../../harness/http-app.mjs').HttpArm | import('../../harness/driver-round.mjs').DriverArm)[]} */
export const ARMS = [
  {
    name: 'bare',
    title: 'Nest 12 on Fastify, the same route without guards, from memory: the ceiling',
    program: at('dist/bare/main.js'),
    path: PATH,
    login: async () => ({}),
    usesRedis: false,
  },
  {
    name: 'holdfast',
    title: 'Holdfast: session, rate limit and cache by its decorators',
    program: at('dist/holdfast/main.js'),
    path: PATH,
    login: loginToHoldfast,
    readyPath: '/health/ready',
    refusedWithoutLogin: 401,
  },
  {
    name: 'peers',
    title:
      '@fastify/session + connect-redis, @nestjs/throttler + nest-lab, @nestjs/cache-manager + Keyv, on Nest 11',
    program: at('apps/peers/dist/peers/main.js'),
    path: PATH,
    login: loginToPeers,
    refusedWithoutLogin: 401,
  },
  {
    name: 'peers-sliding',
    title: 'the same, with sessions that slide on use (rolling: true, the default of @fastify/session)',
    program: at('apps/peers/dist/peers/main.js'),
    env: { PEERS_SLIDE: '1' },
    path: PATH,
    login: loginToPeers,
    refusedWithoutLogin: 401,
    optional: true,
  },
  {
    kind: 'driver',
    name: 'raw',
    title:
      'the three reads as plain commands in one ioredis pipeline, without HTTP: the floor of the Redis side',
    program: at('apps/raw/main.mjs'),
  },
];
