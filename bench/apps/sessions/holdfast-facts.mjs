import { serveFacts } from './facts.mjs';
import { startSessions } from './holdfast-sessions.mjs';

serveFacts(await startSessions());
