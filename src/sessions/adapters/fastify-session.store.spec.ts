import { fastifyCookie } from '@fastify/cookie';
import { fastifySession } from '@fastify/session';
import { fastify, type FastifyRequest } from 'fastify';
import { sessionStoreContract } from '../../../test/contracts/session-store.contract.js';
import type { RequestSession, SessionApp, SessionAppOptions } from '../../../test/support/session-app.js';
import { FastifySessionStore } from './fastify-session.store.js';

function requestSession(request: FastifyRequest): RequestSession {
  return {
    get properties() {
      return request.session as unknown as Record<string, unknown>;
    },
    regenerate: () => request.session.regenerate(),
    destroy: () => request.session.destroy(),
    save: () => request.session.save(),
  };
}

async function startApp({ sessions, maxAgeMs, routes }: SessionAppOptions): Promise<SessionApp> {
  const app = fastify();
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    store: new FastifySessionStore(sessions),
    secret: 'a secret of the tests, of more than 32 characters',
    saveUninitialized: false,
    cookie: { secure: false, maxAge: maxAgeMs },
  });
  app.route<{ Params: { route: string }; Body: Record<string, unknown> }>({
    method: 'POST',
    url: '/:route',
    handler: async (request) =>
      (await routes.answer(request.params.route, requestSession(request), request.body)) ?? {},
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, stop: () => app.close() };
}

sessionStoreContract('@fastify/session', startApp);
