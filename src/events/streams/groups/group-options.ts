import { ValidationFailedError } from '../../../errors/index.js';
import { ID_RULE, isId } from '../../../redis/index.js';

/** What a group does with what is not acknowledged; the same for all of its consumers. */
export interface GroupSettings {
  /** So often an entry is delivered before it is a dead letter; 1 to 1000. */
  readonly maxDeliveries: number;
  /** A delivery that nobody acknowledges or extends for so long is taken for left, and made anew; 1000 to 86,400,000. */
  readonly ackTimeoutMs: number;
  /** The pause before the second delivery; it doubles with each one, up to an hour. 0 to 3,600,000. */
  readonly backoffMs: number;
}

export const GROUP_DEFAULTS: GroupSettings = { maxDeliveries: 10, ackTimeoutMs: 30_000, backoffMs: 1000 };

export const LONGEST_BACKOFF_MS = 3_600_000;

export const GROUP_BOUNDS: Record<keyof GroupSettings, readonly [number, number]> = {
  maxDeliveries: [1, 1000],
  ackTimeoutMs: [1000, 86_400_000],
  backoffMs: [0, LONGEST_BACKOFF_MS],
};

/** @throws ValidationFailedError that names every setting that is out of bounds. */
export function completeSettings(given: Partial<GroupSettings>): GroupSettings {
  const settings = { ...GROUP_DEFAULTS };
  const faults = [];
  for (const [path, [min, max]] of Object.entries(GROUP_BOUNDS) as [
    keyof GroupSettings,
    readonly [number, number],
  ][]) {
    const value = given[path];
    if (value === undefined) continue;
    if (Number.isInteger(value) && value >= min && value <= max) settings[path as 'backoffMs'] = value;
    else faults.push({ path, message: `must be an integer from ${min} to ${max}` });
  }
  if (faults.length > 0) throw new ValidationFailedError(faults);
  return settings;
}

/** @throws ValidationFailedError */
export function assertName(path: string, name: unknown): void {
  if (!isId(name)) throw new ValidationFailedError([{ path, message: ID_RULE }]);
}

/**
 * When the next delivery is due: exponential, and up to a fifth shorter or longer by chance, so that what failed together
 * does not come back together.
 *
 * @param deliveries so far, from 1.
 */
export function backoff(backoffMs: number, deliveries: number, random = Math.random): number {
  const pause = Math.min(backoffMs * 2 ** Math.min(deliveries - 1, 30), LONGEST_BACKOFF_MS);
  return Math.round(pause * (0.8 + 0.4 * random()));
}
