import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable, of } from 'rxjs';
import { ValidationFailedError } from '../../errors/index.js';
import { type Claim, IdempotencyService } from './idempotency.service.js';
import { type Answer, digest } from './sealed-answer.js';

const HEADER = 'idempotency-key';
const ACCEPTABLE = /^[\x21-\x7e]{1,255}$/;
const KEPT_HEADERS = ['set-cookie', 'csrf-token', 'location'];

/** Gives the answer of the first request with the same `Idempotency-Key`; without the header it does nothing. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly idempotency: IdempotencyService) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const key = request.headers[HEADER];
    if (key === undefined) return next.handle();
    if (typeof key !== 'string' || !ACCEPTABLE.test(key)) {
      throw new ValidationFailedError([
        { path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' },
      ]);
    }
    const begun = await this.idempotency.begin(key, fingerprintOf(request));
    if ('body' in begun) return of(replay(reply, begun));
    return this.runFirst(next, begun, reply);
  }

  /** A request that fails has changed nothing, so its key is free again for the next try. */
  private runFirst(next: CallHandler, claim: Claim, reply: FastifyReply): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (body: unknown) => {
        const headers = Object.fromEntries(
          KEPT_HEADERS.filter((name) => reply.hasHeader(name)).map((name) => [name, reply.getHeader(name)]),
        ) as Answer['headers'];
        await this.idempotency.complete(claim, { headers, body: body ?? null });
        return body;
      }),
      catchError((error: unknown) =>
        from(this.idempotency.release(claim)).pipe(
          mergeMap(() => {
            throw error;
          }),
        ),
      ),
    );
  }
}

/** Marks a mutation that honours `Idempotency-Key`: the same key replays the first answer for a day. */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: '1 to 255 visible ASCII characters. The same key replays the first answer for a day.',
      schema: { type: 'string', maxLength: 255 },
    }),
  );
}

/**
 * A parameter: what the script of a mutation knows a repeated request by, or undefined without an `Idempotency-Key`. The
 * interceptor frees the key of a request that has failed, but one whose reply was lost may have been done.
 */
export const RequestMark = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers[HEADER];
    return key === undefined ? undefined : digest(`${String(key)} ${fingerprintOf(request)}`);
  },
);

function fingerprintOf({ method, url, body }: FastifyRequest): string {
  return `${method} ${url} ${JSON.stringify(body)}`;
}

function replay(reply: FastifyReply, { headers, body }: Answer): unknown {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.header('idempotency-replayed', 'true');
  return body;
}
