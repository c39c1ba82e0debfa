import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { principalSlot } from '../../http/index.js';
import { ActiveMarks, type MarkedActivity } from './active-marks.js';

export const MARKS_ACTIVE = Symbol('marks active');

/**
 * Refuses nobody: it stands on the route, behind the guards of the app, so it sees who was let through. An interceptor would,
 * too, and cost many times as much (docs/adr/0010).
 */
@Injectable()
export class ActivityGuard implements CanActivate {
  constructor(
    private readonly marks: ActiveMarks,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): true {
    const principal = principalSlot.get(context.switchToHttp().getRequest<FastifyRequest>());
    const targets = [context.getHandler(), context.getClass()];
    if (principal) {
      this.marks.add(
        this.reflector.getAllAndOverride<MarkedActivity>(MARKS_ACTIVE, targets),
        principal.userId,
      );
    }
    return true;
  }
}
