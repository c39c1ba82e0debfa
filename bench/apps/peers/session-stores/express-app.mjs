// express-session on Express, rolling, so that the browser's cookie slides as well. STORE=holdfast: on Holdfast's store.
import express from 'express';
import session from 'express-session';
import { reportToHarness } from '../../../dist/common/child.js';
import { answerOf, contentIn, IDLE_MS } from '../../sessions/content.mjs';
import { connectRedisStore } from './stores.mjs';

async function holdfastStore() {
  const { expressSessionStore, SessionStore } = await import('../../../../dist/sessions/index.js');
  const sessions = SessionStore.connect({ REDIS_URL: process.env.REDIS_URL });
  await sessions.connected();
  return expressSessionStore(session, sessions);
}

const app = express();
app.use(express.json());
app.use(
  session({
    store: process.env.STORE === 'holdfast' ? await holdfastStore() : await connectRedisStore(),
    secret: 'a secret of the benchmark, longer than 32 characters',
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { secure: false, httpOnly: true, sameSite: 'lax', maxAge: IDLE_MS },
  }),
);
app.post('/login', (request, response) => {
  Object.assign(request.session, contentIn(request.body));
  response.status(201).json({});
});
app.get('/me', (request, response) => {
  if (!request.session.userId) return response.status(401).json({});
  return response.json(answerOf(request.session));
});
const server = app.listen(0, '127.0.0.1', () => {
  reportToHarness(`http://127.0.0.1:${server.address().port}`);
});
