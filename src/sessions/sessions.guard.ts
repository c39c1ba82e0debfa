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
import { SESSION_REQUIREMENT, type SessionRequirement } from './decorators/require-session.decorator.js';
import type { Session } from './session.js';
import { tokenOf } from './session-transport.js';
import { SessionForbiddenError } from './sessions.errors.js';
import { SessionsService } from './sessions.service.js';

/** The session of a request, once the guard has let it through. */
export const sessionSlot = new RequestSlot<Session>();

interface StartedRead {
  readonly requirement: SessionRequirement;
  readonly session: Promise<Session>;
}

const startedSlot = new RequestSlot<StartedRead>();

/** Enforces `@RequireSession()`. The read begins with the request; here its answer is awaited. */
@Injectable()
export class SessionsGuard implements CanActivate, RequestStarter, OnModuleInit {
  readonly feature = 'sessions';

  constructor(
    private readonly sessions: SessionsService,
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
    if (!requirement) return undefined;
    return (request) => {
      const session = startedEarly(this.sessions.verify(tokenOf(request)));
      startedSlot.set(request, { requirement, session });
      startedPrincipalSlot.set(request, () => session.then(principalOf));
    };
  }

  /** Awaits what the starter has begun; a route without a requirement is open. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const started = startedSlot.get(request);
    return started ? this.check(request, started) : true;
  }

  private async check(
    request: FastifyRequest,
    { requirement: { roles }, session: read }: StartedRead,
  ): Promise<boolean> {
    const session = await read;
    if (roles && !roles.some((role) => session.roles.includes(role))) throw new SessionForbiddenError(roles);
    sessionSlot.set(request, session);
    principalSlot.set(request, principalOf(session));
    return true;
  }
}

function principalOf({ userId, roles, id: sessionId }: Session): Principal {
  return { userId, roles, sessionId };
}
