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

/** @throws ValidationFailedError */
export function toRequest(
  { kind, name }: Resource,
  options: LockOptions & Partial<PermitOptions>,
): LeaseRequest {
  const {
    ttlMs,
    waitMs = 0,
    owner,
    durable = { replicas: 0, timeoutMs: 1 },
    requestId,
    reentrant = false,
    permits,
    mode = 'exclusive',
  } = options;
  const rules: [isValid: boolean, fault: ValidationFault][] = [
    [isId(name), { path: 'name', message: ID_RULE }],
    [isWithin(ttlMs, MIN_TTL_MS, MAX_TTL_MS), between('ttlMs', MIN_TTL_MS, MAX_TTL_MS)],
    [isWithin(waitMs, 0, MAX_WAIT_MS), between('waitMs', 0, MAX_WAIT_MS)],
    [owner === undefined || isId(owner), { path: 'owner', message: ID_RULE }],
    [requestId === undefined || isRequestId(requestId), { path: 'requestId', message: REQUEST_ID_RULE }],
    [kind === 'lock' || isWithin(permits, 1, MAX_PERMITS), between('permits', 1, MAX_PERMITS)],
    [isWithin(durable.replicas, 0, 100), between('durable.replicas', 0, 100)],
    [isWithin(durable.timeoutMs, 1, MAX_WAIT_MS), between('durable.timeoutMs', 1, MAX_WAIT_MS)],
    [!reentrant || owner !== undefined, { path: 'owner', message: 'must be given with reentrant' }],
    [!reentrant || mode === 'exclusive', { path: 'mode', message: 'must be exclusive with reentrant' }],
  ];
  const faults = rules.filter(([isValid]) => !isValid).map(([, fault]) => fault);
  if (faults.length > 0) throw new ValidationFailedError(faults);
  return {
    id: requestId ?? randomUUID(),
    mode: kind === 'semaphore' ? 'shared' : mode,
    limit: permits ?? NO_LIMIT,
    ttlMs,
    owner: owner ?? '',
    reentrant,
  };
}

const REQUEST_ID = /^[\w-]{8,64}$/;
const REQUEST_ID_RULE = 'must be 8 to 64 of A-Z, a-z, 0-9, _ and -';

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
