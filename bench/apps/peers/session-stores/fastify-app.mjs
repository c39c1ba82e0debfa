// @fastify/session on Fastify, with its defaults but saveUninitialized. STORE=holdfast: on Holdfast's store.
import { fastifyCookie } from '@fastify/cookie';
import { fastifySession } from '@fastify/session';
import { fastify } from 'fastify';
import { reportToHarness } from '../../../dist/common/child.js';
import { answerOf, contentIn, IDLE_MS } from '../../sessions/content.mjs';
import { ioredisStore } from './stores.mjs';

async function holdfastStore() {
  const { FastifySessionStore, SessionStore } = await import('../../../../dist/sessions/index.js');
  const sessions = SessionStore.connect({ REDIS_URL: process.env.REDIS_URL });
  await sessions.connected();
  return new FastifySessionStore(sessions);
}

const app = fastify();
await app.register(fastifyCookie);
await app.register(fastifySession, {
  store: process.env.STORE === 'holdfast' ? await holdfastStore() : ioredisStore(),
  secret: 'a secret of the benchmark, longer than 32 characters',
  saveUninitialized: false,
  cookie: { secure: false, httpOnly: true, sameSite: 'lax', maxAge: IDLE_MS },
});
app.post('/login', async (request, reply) => {
  for (const [name, value] of Object.entries(contentIn(request.body))) request.session.set(name, value);
  reply.code(201);
  return {};
});
app.get('/me', async ({ session }, reply) => {
  if (session.get('userId')) return answerOf(session);
  reply.code(401);
  return {};
});
reportToHarness(await app.listen({ port: 0, host: '127.0.0.1' }));
