// The ioredis store as @fastify/session uses it on every request (`rolling`, its default): get, then set.
import { randomBytes } from 'node:crypto';
import Cookie from '@fastify/session/lib/cookie.js';
import { contentIn, IDLE_MS } from '../../sessions/content.mjs';
import { ioredisStore } from './stores.mjs';

const COOKIE = { maxAge: IDLE_MS, secure: true, httpOnly: true, sameSite: 'lax' };

export async function startSessions() {
  const store = ioredisStore();
  return {
    async create(content) {
      const id = randomBytes(24).toString('base64url');
      await store.set(id, { cookie: new Cookie(COOKIE), ...content });
      return id;
    },
    async use(id) {
      const held = await store.get(id);
      if (!held) return undefined;
      held.cookie.expires = new Date(Date.now() + held.cookie.originalMaxAge);
      await store.set(id, held);
      return contentIn(held);
    },
  };
}
