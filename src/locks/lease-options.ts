import { randomUUID } from 'node:crypto';
import { ValidationFailedError, type ValidationFault } from '../errors/index.js';
import { type Durability, ID_RULE, isId } from '../redis/index.js';
import { type LeaseRequest, NO_LIMIT, type Resource } from './lock-store.js';

export const MIN_TTL_MS = 50;
export const MAX_TTL_MS = 86_400_000;
export const MAX_WAIT_MS = 60_000;
export const MAX_PERMITS = 1_000_000;

/** How a lease is asked for. */
export interface LeaseOptions {
  /** The lease ends after so long unless it is extended: 50 ms to a day. */
  readonly ttlMs: number;
  /** How long to wait while it is taken, up to a minute; 0, the default: not at all. */
  readonly waitMs?: number;
  /** Who asks, shown to others: 1 to 256 bytes. */
  readonly owner?: string;
  /** Ends the wait; nothing is left of it. */
  readonly signal?: AbortSignal;
  /** Made by the caller, unlike any other: asked again with it, it is the same lease. Absent: a new one. */
  readonly requestId?: string;
  /** Held only once so many replicas know of it; not in a Cluster. */
  readonly durable?: Durability;
}

export interface LockOptions extends LeaseOptions {
  /** `shared`: beside other shared ones (readers); default `exclusive`. */
  readonly mode?: 'exclusive' | 'shared';
  /** Whoever holds it as `owner` gets it again, with the same fencing token; it is free when all are released. */
  readonly reentrant?: boolean;
}

export interface PermitOptions extends LeaseOptions {
  /** How many may be held at once, as this caller sees it. */
  readonly permits: number;
}

/** Of a lock, or of a semaphore: what is told apart by the kind of the resource. */
export type AnyLeaseOptions = LockOptions & Partial<PermitOptions>;

/** A rule of a request, and the fault of one that breaks it. */
interface Rule {
  readonly fault: ValidationFault;
  readonly holds: (options: AnyLeaseOptions, resource: Resource) => boolean;
}

/** Made once: a request that is right costs their checks alone. */
const RULES: readonly Rule[] = [
  { fault: { path: 'name', message: ID_RULE }, holds: (_, { name }) => isId(name) },
  within('ttlMs', MIN_TTL_MS, MAX_TTL_MS, ({ ttlMs }) => ttlMs),
  within('waitMs', 0, MAX_WAIT_MS, ({ waitMs = 0 }) => waitMs),
  {
    fault: { path: 'owner', message: ID_RULE },
    holds: ({ owner }) => owner === undefined || isId(owner),
  },
  {
    fault: { path: 'requestId', message: 'must be 8 to 64 of A-Z, a-z, 0-9, _ and -' },
    holds: ({ requestId }) => requestId === undefined || isRequestId(requestId),
  },
  within('permits', 1, MAX_PERMITS, ({ permits }, { kind }) => (kind === 'lock' ? 1 : permits)),
  within('durable.replicas', 0, 100, ({ durable }) => (durable ? durable.replicas : 0)),
  within('durable.timeoutMs', 1, MAX_WAIT_MS, ({ durable }) => (durable ? durable.timeoutMs : 1)),
  {
    fault: { path: 'owner', message: 'must be given with reentrant' },
    holds: ({ reentrant, owner }) => !reentrant || owner !== undefined,
  },
  {
    fault: { path: 'mode', message: 'must be exclusive with reentrant' },
    holds: ({ reentrant, mode }) => !reentrant || mode !== 'shared',
  },
];

/** @throws ValidationFailedError */
export function toRequest(resource: Resource, options: AnyLeaseOptions): LeaseRequest {
  const broken = RULES.filter(({ holds }) => !holds(options, resource));
  if (broken.length > 0) throw new ValidationFailedError(broken.map(({ fault }) => fault));
  const { requestId, mode = 'exclusive', permits, ttlMs, owner = '', reentrant = false } = options;
  return {
    id: requestId ?? randomUUID(),
    mode: resource.kind === 'semaphore' ? 'shared' : mode,
    limit: permits ?? NO_LIMIT,
    ttlMs,
    owner,
    reentrant,
  };
}

const REQUEST_ID = /^[\w-]{8,64}$/;

/** What could be the id of a lease. */
export function isRequestId(text: string): boolean {
  return REQUEST_ID.test(text);
}

/** @throws ValidationFailedError */
export function checkTtl(ttlMs: number): void {
  if (isWithin(ttlMs, MIN_TTL_MS, MAX_TTL_MS)) return;
  throw new ValidationFailedError([between('ttlMs', MIN_TTL_MS, MAX_TTL_MS)]);
}

function isWithin(value: number | undefined, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function between(path: string, min: number, max: number): ValidationFault {
  return { path, message: `must be an integer from ${min} to ${max}` };
}

function within(
  path: string,
  min: number,
  max: number,
  value: (options: AnyLeaseOptions, resource: Resource) => number | undefined,
): Rule {
  return { fault: between(path, min, max), holds: (...request) => isWithin(value(...request), min, max) };
}
