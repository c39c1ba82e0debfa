// SessionsService of Holdfast: one operation is one `verify`.
import { startSessions } from './holdfast-sessions.mjs';
import { serveSessions } from './workload.mjs';

await serveSessions(await startSessions());
