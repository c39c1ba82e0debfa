// STORE: which of the peers' stores.
import { serveSessions } from '../../sessions/workload.mjs';

const { startSessions } = await import(`./${process.env.STORE}-sessions.mjs`);
await serveSessions(await startSessions());
