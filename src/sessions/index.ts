export { CarriesSession } from './decorators/carries-session.decorator.js';
export { expressSessionStore } from './adapters/express-session.store.js';
export { FastifySessionStore } from './adapters/fastify-session.store.js';
export { CurrentSession } from './decorators/current-session.decorator.js';
export { RequireSession, type SessionRequirement } from './decorators/require-session.decorator.js';
export { SessionToken } from './decorators/session-token.decorator.js';
export type { Device, DeviceSession, IssuedSession, Session, SessionData } from './session.js';
export type { DataChange, NewSession } from './session-changes.js';
export type { SessionEvent, SessionEventType, SessionListener } from './session-events.js';
export { type CarriedToken, SessionTransport } from './session-transport.js';
export {
  CsrfRejectedError,
  SessionAlreadyRotatedError,
  SessionFieldNotNumberError,
  SessionForbiddenError,
  SessionInvalidError,
  SessionLimitReachedError,
  SessionNotFoundError,
  SessionNotFreshError,
  SessionTooLargeError,
} from './sessions.errors.js';
export { SessionsModule } from './sessions.module.js';
export { type Rotation, SessionsService } from './sessions.service.js';
export { SessionStore } from './store/session-store.js';
export type { FrameworkCookie, FrameworkSession } from './store/snapshot.js';
