import { answer } from '../store/callback.js';
import type { SessionStore } from '../store/session-store.js';
import { carrySnapshot, type FrameworkSession } from '../store/snapshot.js';

/** The `session` of `import session from 'express-session'`, as far as it matters here. */
interface ExpressSession {
  readonly Store: abstract new () => object;
}

type Callback = (error?: unknown) => void;
type LoadCallback = (error: unknown, session?: FrameworkSession) => void;

/** What express-session's own base class gives its stores. */
type StoreClass = new () => { createSession(request: object, loaded: FrameworkSession): FrameworkSession };

const ignore: Callback = () => undefined;

/**
 * Keeps the sessions of an Express app: `session({ store: expressSessionStore(session, sessions), ... })`.
 *
 * A request costs one round trip for its session, and one more when it has changed it or when a tenth of the session's
 * life has passed. A save of a session that was destroyed meanwhile writes nothing and is no error: the session is
 * over. Errors go to `next`, with status 503 when Redis is away.
 *
 * There is no `all`, `length` or `clear`: they would go through every key of the Redis, and the ids of sessions are
 * not known to it.
 *
 * @param session express-session itself, so that the store is one of its own kind and version.
 */
export function expressSessionStore<E extends ExpressSession>(
  session: E,
  sessions: SessionStore,
): InstanceType<E['Store']> {
  const Store = storeClass(session.Store as unknown as StoreClass, sessions);
  return new Store() as unknown as InstanceType<E['Store']>;
}

function storeClass(Base: StoreClass, sessions: SessionStore): StoreClass {
  return class HoldfastSessionStore extends Base {
    get(sessionId: string, callback: LoadCallback): void {
      answer(sessions.load(sessionId), callback);
    }

    override createSession(request: object, loaded: FrameworkSession): FrameworkSession {
      const session = super.createSession(request, loaded);
      carrySnapshot(loaded, session);
      return session;
    }

    set(sessionId: string, session: FrameworkSession, callback = ignore): void {
      answer(sessions.save(sessionId, session), (error) => callback(error));
    }

    touch(sessionId: string, session: FrameworkSession, callback = ignore): void {
      // At once where there is nothing to do: express-session holds back the end of an answer that waits for its store.
      if (sessions.isYoung(session)) callback();
      else answer(sessions.touch(sessionId, session), (error) => callback(error));
    }

    destroy(sessionId: string, callback = ignore): void {
      answer(sessions.destroy(sessionId), (error) => callback(error));
    }
  };
}
