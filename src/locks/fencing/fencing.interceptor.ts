import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { ValidationFailedError } from '../../errors/index.js';
import { fillTemplate } from '../../http/index.js';
import { FencingMarks } from './fencing-marks.js';

export const FENCED = Symbol('fenced');

/** The header by which a holder says which lease it writes under. */
export const FENCING_TOKEN = 'fencing-token';

const TOKEN = /^[1-9]\d{0,17}$/;

/** Lets a request through to its handler when no request with a higher `Fencing-Token` was here before. */
@Injectable()
export class FencingInterceptor implements NestInterceptor {
  constructor(
    private readonly marks: FencingMarks,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { headers, params } = context.switchToHttp().getRequest<FastifyRequest>();
    const token = headers[FENCING_TOKEN];
    if (typeof token !== 'string' || !TOKEN.test(token)) {
      throw new ValidationFailedError([{ path: 'Fencing-Token', message: 'must be the token of a lease' }]);
    }
    const template = this.reflector.get<string>(FENCED, context.getHandler());
    await this.marks.admit(fillTemplate(template, params), BigInt(token));
    return next.handle();
  }
}
