import { type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The handler a request was routed to; the same object for every request of a route. */
export interface Route {
  readonly controller: Type;
  readonly handler: ReturnType<ExecutionContext['getHandler']>;
}

/** Starts a read or a charge and keeps its promise in a request slot. Sends its command before it returns. */
export type Start = (request: FastifyRequest, context: ExecutionContext) => void;

/** What a feature gives so that its Redis work begins with the request and not when its turn comes. */
export interface RequestStarter {
  /** The feature's folder name, as in `RequiresFeature`. */
  readonly feature: string;
  /** Called once a route: what to start on each of its requests, or undefined when the feature has no part in it. */
  prepare(route: Route): Start | undefined;
}

/** The features' starters, in the order of AppModule. Injectable. */
@Injectable()
export class RequestStarters {
  private readonly starters = new Map<string, RequestStarter>();

  register(starter: RequestStarter): void {
    this.starters.set(starter.feature, starter);
  }

  has(feature: string): boolean {
    return this.starters.has(feature);
  }

  prepare(route: Route): Start[] {
    return [...this.starters.values()]
      .map((starter) => starter.prepare(route))
      .filter((start) => start !== undefined);
  }
}

/**
 * Keeps a promise that is awaited later, or never when an earlier guard refuses the request:
 * its rejection is then nobody's, and must not count as unhandled. Whoever awaits it still sees it.
 */
export function startedEarly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
