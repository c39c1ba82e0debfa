import { type CanActivate, type ExecutionContext, Injectable, type OnModuleInit } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import {
  type Principal,
  principalSlot,
  RequestSlot,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
  startedEarly,
  startedPrincipalSlot,
} from '../http/index.js';
import { CARRIES_SESSION } from './decorators/carries-session.decorator.js';
import { SESSION_REQUIREMENT, type SessionRequirement } from './decorators/require-session.decorator.js';
import { refuseForged } from './session-csrf.js';
import { type CarriedToken, SessionTransport } from './session-transport.js';
import type { Session } from './session.js';
import { SessionForbiddenError, SessionNotFreshError } from './sessions.errors.js';
import { VerifyCache } from './verify-cache.js';

/** The session of a request, once the guard has let it through. */
export const sessionSlot = new RequestSlot<Session>();

/** What a request brought as its token, on routes that have to do with sessions. */
export const carriedSlot = new RequestSlot<CarriedToken>();

interface StartedRead {
  readonly requirement: SessionRequirement;
  readonly session: Promise<Session>;
}

const startedSlot = new RequestSlot<StartedRead>();

/** Enforces `@RequireSession()`. The read begins with the request; here its answer is awaited. */
@Injectable()
export class SessionGuard implements CanActivate, RequestStarter, OnModuleInit {
  readonly feature = 'sessions';

  constructor(
    private readonly sessions: VerifyCache,
    private readonly transport: SessionTransport,
    private readonly reflector: Reflector,
    private readonly starters: RequestStarters,
  ) {}

  onModuleInit(): void {
    this.starters.register(this);
  }

  prepare({ handler, controller }: Route): Start | undefined {
    const targets = [handler, controller];
    const requirement = this.reflector.getAllAndOverride<SessionRequirement | undefined>(
      SESSION_REQUIREMENT,
      targets,
    );
    if (requirement) return (request) => this.start(request, requirement);
    if (!this.reflector.getAllAndOverride<true | undefined>(CARRIES_SESSION, targets)) return undefined;
    return (request) => carriedSlot.set(request, this.transport.carried(request));
  }

  /** Awaits what the starter has begun; a route that asks for nothing is open. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const started = startedSlot.get(request);
    if (started) return this.check(request, started);
    refuseForgedCookie(request);
    return true;
  }

  private start(request: FastifyRequest, requirement: SessionRequirement): void {
    const carried = this.transport.carried(request);
    const session = startedEarly(this.sessions.verify(carried.token));
    carriedSlot.set(request, carried);
    startedSlot.set(request, { requirement, session });
    startedPrincipalSlot.set(request, () => session.then(principalOf));
  }

  private async check(
    request: FastifyRequest,
    { requirement: { roles, freshWithinMs }, session: read }: StartedRead,
  ): Promise<boolean> {
    const session = await read;
    refuseForgedCookie(request);
    if (roles && !roles.some((role) => session.roles.includes(role))) throw new SessionForbiddenError(roles);
    if (freshWithinMs !== undefined && session.readAt - session.authenticatedAt > freshWithinMs) {
      throw new SessionNotFreshError(freshWithinMs);
    }
    sessionSlot.set(request, session);
    principalSlot.set(request, principalOf(session));
    return true;
  }
}

function refuseForgedCookie(request: FastifyRequest): void {
  const { token, byCookie } = carriedSlot.get(request) ?? {};
  if (byCookie && token !== undefined) refuseForged(request, token);
}

function principalOf({ userId, roles, id: sessionId }: Session): Principal {
  return { userId, roles, sessionId };
}
