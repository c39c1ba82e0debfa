import { type CanActivate, type ExecutionContext, Injectable, type OnModuleInit } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import {
  principalSlot,
  RequestSlot,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
  startedEarly,
} from '../http/index.js';
import { SESSION_REQUIREMENT, type SessionRequirement } from './decorators/require-session.decorator.js';
import type { Session } from './session.js';
import { tokenOf } from './session-transport.js';
import { SessionForbiddenError } from './sessions.errors.js';
import { SessionsService } from './sessions.service.js';

/** The session of a request, once the guard has let it through. */
export const sessionSlot = new RequestSlot<Session>();

const pendingSlot = new RequestSlot<Promise<Session>>();

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

  prepare(route: Route): Start | undefined {
    if (!this.requirement(route)) return undefined;
    return (request) => pendingSlot.set(request, startedEarly(this.sessions.verify(tokenOf(request))));
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const requirement = this.requirement({ controller: context.getClass(), handler: context.getHandler() });
    if (!requirement) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const session = await (pendingSlot.get(request) ?? this.sessions.verify(tokenOf(request)));
    const { roles } = requirement;
    if (roles && !roles.some((role) => session.roles.includes(role))) throw new SessionForbiddenError(roles);
    sessionSlot.set(request, session);
    principalSlot.set(request, { userId: session.userId, roles: session.roles, sessionId: session.id });
    return true;
  }

  private requirement({ handler, controller }: Route): SessionRequirement | undefined {
    return this.reflector.getAllAndOverride<SessionRequirement | undefined>(SESSION_REQUIREMENT, [
      handler,
      controller,
    ]);
  }
}
