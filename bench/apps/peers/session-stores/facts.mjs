// STORE: which of the peers' stores.
import { serveFacts } from '../../sessions/facts.mjs';

const { startSessions } = await import(`./${process.env.STORE}-sessions.mjs`);
serveFacts(await startSessions());
