// connect-redis as express-session uses it on a request that reads its session: get, then touch.
import { randomBytes } from 'node:crypto';
import session from 'express-session';
import { contentIn, IDLE_MS } from '../../sessions/content.mjs';
import { connectRedisStore } from './stores.mjs';

const COOKIE = { maxAge: IDLE_MS, secure: true, httpOnly: true, sameSite: 'lax' };

export async function startSessions() {
  const store = await connectRedisStore();
  return {
    async create(content) {
      const id = randomBytes(24).toString('base64url');
      await store.set(id, { cookie: new session.Cookie(COOKIE), ...content });
      return id;
    },
    async use(id) {
      const held = await store.get(id);
      if (!held) return undefined;
      held.cookie.expires = new Date(Date.now() + held.cookie.originalMaxAge);
      await store.touch(id, held);
      return contentIn(held);
    },
    /** It has no index of a user's sessions: all sessions there are must be read. */
    async revokeAll(userId) {
      const own = (await store.all()).filter((held) => held.userId === userId);
      await Promise.all(own.map(({ id }) => store.destroy(id)));
      return own.length;
    },
  };
}
