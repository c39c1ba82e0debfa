import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import { sessionStoreContract } from '../../../test/contracts/session-store.contract.js';
import type { RequestSession, SessionApp, SessionAppOptions } from '../../../test/support/session-app.js';
import { expressSessionStore } from './express-session.store.js';

function requestSession(request: express.Request): RequestSession {
  const settled = (act: (done: (error?: unknown) => void) => void) =>
    new Promise<void>((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
  return {
    get properties() {
      return request.session as unknown as Record<string, unknown>;
    },
    regenerate: () => settled((done) => request.session.regenerate(done)),
    destroy: () => settled((done) => request.session.destroy(done)),
    save: () => settled((done) => request.session.save(done)),
  };
}

async function startApp({ sessions, maxAgeMs, routes }: SessionAppOptions): Promise<SessionApp> {
  const app = express();
  app.use(express.json());
  app.use(
    session({
      store: expressSessionStore(session, sessions),
      secret: 'a secret of the tests',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: maxAgeMs },
    }),
  );
  app.post('/:route', (request, response, next) => {
    const answer = routes.answer(request.params.route, requestSession(request), request.body);
    answer.then((body) => response.json(body ?? {})).catch(next);
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

sessionStoreContract('express-session', startApp);
