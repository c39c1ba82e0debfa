import type { FastifyRequest } from 'fastify';

/**
 * A typed place in the request context. The one who defines a slot says what it means; whoever shares the
 * definition may read it. So features meet without an import of each other.
 */
export class RequestSlot<T> {
  private readonly property = Symbol('request slot');

  get(request: FastifyRequest): T | undefined {
    return (request as unknown as Record<symbol, T | undefined>)[this.property];
  }

  set(request: FastifyRequest, value: T): void {
    (request as unknown as Record<symbol, T>)[this.property] = value;
  }
}

/** The end user behind a request, once the session has been checked. */
export interface Principal {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly sessionId: string;
}

/** Set by whoever authenticates the end user. */
export const principalSlot = new RequestSlot<Principal>();

/**
 * The same while it is still being read: set with the request's first turn by whoever authenticates the end user, for
 * those who cannot wait for the order of the guards. Rejects when there is none.
 */
export const startedPrincipalSlot = new RequestSlot<() => Promise<Principal>>();
