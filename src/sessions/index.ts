export { CurrentSession } from './decorators/current-session.decorator.js';
export { RequireSession, type SessionRequirement } from './decorators/require-session.decorator.js';
export type { Device, Session, SessionData } from './session.js';
export { SessionForbiddenError, SessionInvalidError, SessionTooLargeError } from './sessions.errors.js';
export { SessionsModule } from './sessions.module.js';
export { type NewSession, SessionsService } from './sessions.service.js';
