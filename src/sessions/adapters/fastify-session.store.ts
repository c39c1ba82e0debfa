import { answer } from '../store/callback.js';
import type { SessionStore } from '../store/session-store.js';
import { carrySnapshot, type FrameworkSession } from '../store/snapshot.js';

type Callback = (error?: unknown) => void;
// oxlint-disable-next-line typescript/no-explicit-any -- what a session holds is declared by the app
type LoadCallback = (error: unknown, session?: any) => void;

/**
 * @fastify/session copies the properties of what was loaded into a session of its own, and says nothing of it. This
 * one goes with them, so that the session is known by it. JSON leaves it out, and so does the plugin's hash.
 */
class LoadedMark {
  toJSON(): undefined {
    return undefined;
  }
}

const MARK = 'holdfast:loaded';

type MarkedSession = FrameworkSession & { [MARK]?: LoadedMark };

/**
 * Keeps the sessions of @fastify/session: `{ store: new FastifySessionStore(sessions), ... }`.
 *
 * A request costs one round trip for its session, and one more when it has changed it or when a tenth of the session's
 * life has passed: `rolling`, the plugin's default, saves the session on each request, and here that is no write. A save
 * of a session that was destroyed meanwhile writes nothing and is no error: the session is over. Errors go to Fastify's
 * error handler, with status 503 when Redis is away.
 */
export class FastifySessionStore {
  constructor(private readonly sessions: SessionStore) {}

  get(sessionId: string, callback: LoadCallback): void {
    answer(this.load(sessionId), callback);
  }

  set(sessionId: string, session: FrameworkSession, callback: Callback): void {
    const mark = (session as MarkedSession)[MARK];
    if (mark) carrySnapshot(mark, session);
    answer(this.sessions.save(sessionId, session), (error) => callback(error));
  }

  destroy(sessionId: string, callback: Callback): void {
    answer(this.sessions.destroy(sessionId), (error) => callback(error));
  }

  private async load(sessionId: string): Promise<MarkedSession | undefined> {
    const session = await this.sessions.load(sessionId);
    if (!session) return undefined;
    const mark = new LoadedMark();
    carrySnapshot(session, mark);
    return { ...session, [MARK]: mark };
  }
}
