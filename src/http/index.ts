export { ANY_JSON_SCHEMA } from './any-json.js';
export { API_INFO } from './api-info.js';
export { ApiSchemas, type SchemaSet } from './api-schemas.js';
export { closedConnection } from './closed-connection.js';
export { BODY_LIMIT_BYTES, createFastifyAdapter } from './fastify-adapter.js';
export { EndedSessions, type SessionEndListener } from './ended-sessions.js';
export { HttpModule } from './http.module.js';
export { Idempotent, RequestMark } from './idempotency/idempotency.interceptor.js';
export { createOpenApiDocument, serveOpenApi } from './openapi.js';
export { checkTemplate, fillTemplate } from './path-template.js';
export { createValidationPipe } from './problem/validation.pipe.js';
export { type OwnEvent, OwnEvents } from './own-events.js';
export { echoRequestId } from './request-id.js';
export { type Principal, principalSlot, RequestSlot, startedPrincipalSlot } from './request-slot.js';
export { GracefulShutdown } from './shutdown/graceful-shutdown.js';
export {
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
  startedEarly,
} from './starters/request-starters.js';
export { FeatureNotInstalledError, RequiresFeature } from './starters/starter.guard.js';
export { IdParam, IsId } from './is-id.js';
export { IsPresent } from './is-present.js';
export { IsQueryInteger } from './is-query-integer.js';
