import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalSlot, startedEarly } from '../../http/index.js';
import { CacheKeys } from '../cache.keys.js';
import { type Begun, CacheEngine } from '../cache-engine.js';
import type { Ask } from '../loads/flight.js';
import type { LoadPolicy } from '../loads/load-policy.js';
import { NotStored } from '../loads/not-stored.js';
import type { LocalEntry } from '../local/local-tier.js';
import type { CachedRoute } from './cached-route.js';
import { settled } from './handler-answer.js';
import { HandlerRun } from './handler-run.js';
import { VARIANT_SEPARATOR } from './request-key.js';
import { digestOf, isPersonal, sessionName, varyingValues } from './request-variant.js';
import { answerFrom, BYPASSED, NOT_KEPT, sayOwn } from './route-answer.js';

/** How early answers are made anew in the background (XFetch). */
const BETA = 1;

/** Answers one request, by the cache or by its handler. */
export type Answer = (reply: FastifyReply, next: () => unknown) => unknown;

/** A request of a cached route. */
interface Asked {
  readonly route: CachedRoute;
  readonly request: FastifyRequest;
  readonly context: ExecutionContext;
  /** Of the session whose entry it is. */
  readonly sessionId?: string;
}

/** The entry of a request, and what was found of it or is being read. */
interface Read {
  readonly key: string;
  readonly found: Begun;
  readonly policy: () => LoadPolicy;
}

/** Reads the entries of `@Cached()` routes, and answers with them. */
@Injectable()
export class CachedReads {
  constructor(
    private readonly engine: CacheEngine,
    private readonly keys: CacheKeys,
  ) {}

  /** Begins the read of a request, where the request alone says what to read. No round trip is awaited. */
  begin(route: CachedRoute, request: FastifyRequest, context: ExecutionContext): Answer {
    const asked = { route, request, context };
    if (route.scope === 'session') return (reply, next) => this.ofSession(asked, reply, next);
    if (route.scope === undefined && isPersonal(request)) {
      return (reply, next) => alone(route, reply, next, BYPASSED.credentials);
    }
    if (route.asksForTtl) return (reply, next) => this.answer(asked, undefined, reply, next);
    const read = this.read(asked, route.fixedPolicy);
    const { found } = read;
    if (!(found instanceof Promise)) return (reply, next) => this.answerHere(asked, read, found, reply, next);
    startedEarly(found);
    return (reply, next) => this.answer(asked, read, reply, next);
  }

  /** A hit of this process: at once, and with as little work as there can be. */
  private answerHere(
    { route, request, context }: Asked,
    read: Read,
    found: LocalEntry,
    reply: FastifyReply,
    next: () => unknown,
  ): unknown {
    const now = performance.now();
    if (this.engine.isDue(found, BETA, now)) {
      void this.engine.refresh(() => toAsk(read, new HandlerRun(route, reply, context, next)));
    }
    const freshForMs = Math.max(found.freshUntil - now, 0);
    return answerFrom({ value: this.engine.take(found), status: 'hit', freshForMs }, route, request, reply);
  }

  /** The guards have said by now whose session it is. */
  private ofSession(asked: Asked, reply: FastifyReply, next: () => unknown): Promise<unknown> {
    const principal = principalSlot.get(asked.request);
    if (!principal) return alone(asked.route, reply, next, BYPASSED.session);
    return this.answer({ ...asked, sessionId: principal.sessionId }, undefined, reply, next);
  }

  private async answer(
    asked: Asked,
    begun: Read | undefined,
    reply: FastifyReply,
    next: () => unknown,
  ): Promise<unknown> {
    const { route, request, context } = asked;
    const read = begun ?? this.read(asked, await route.policyFor(context));
    const { found } = read;
    if (!(found instanceof Promise)) return this.answerHere(asked, read, found, reply, next);
    const run = new HandlerRun(route, reply, context, next);
    try {
      return answerFrom(await this.engine.resolve(toAsk(read, run), found), route, request, reply);
    } catch (error) {
      if (!(error instanceof NotStored)) throw error;
      // Another request's: what it has got is not for this one.
      if (run.own?.refusal !== error) return alone(route, reply, next, NOT_KEPT);
      sayOwn(route, reply, NOT_KEPT);
      return run.own.body;
    }
  }

  private read(asked: Asked, fixed: LoadPolicy): Read {
    const { route, request, context, sessionId = '' } = asked;
    const base = route.keyFor(request, context);
    const variant = `${varyingValues(request, route.vary)}${sessionId}`;
    const key = variant === '' ? base : `${base}${VARIANT_SEPARATOR}${digestOf(variant)}`;
    const tags = () => [
      ...route.tagsFor(request).map((tag) => this.keys.id(tag)),
      ...(variant === '' ? [] : [this.keys.variantsTag(this.keys.id(base))]),
      ...(sessionId === '' ? [] : [this.keys.variantsTag(sessionName(sessionId))]),
    ];
    // A hit of this process needs none.
    let made: LoadPolicy | undefined;
    const policy = () => (made ??= { ...fixed, beta: BETA, tags: tags() });
    return { key, policy, found: this.engine.here(key) ?? this.engine.begin(key, policy()) };
  }
}

function toAsk({ key, policy }: Read, run: HandlerRun): Ask {
  return { key, policy: policy(), load: () => run.load(), inBackground: () => run.inBackground() };
}

/** The handler answers for its own request only. */
async function alone(
  route: CachedRoute,
  reply: FastifyReply,
  next: () => unknown,
  status: string,
): Promise<unknown> {
  const body = await settled(next());
  sayOwn(route, reply, status);
  return body;
}
