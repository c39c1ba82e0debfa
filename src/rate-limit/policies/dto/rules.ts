import { ValidateBy, type ValidationArguments } from 'class-validator';
import { isBucket, type Policy } from '../policy.js';

/** A log keeps every hit: beyond this a sliding-window-counter serves better. */
const MAX_LOGGED_HITS = 100_000;

const policyOf = (args?: ValidationArguments) => args?.object as Policy;

/** Only what an algorithm can count exactly. */
export function HasLimitOfAlgorithm(): PropertyDecorator {
  return ValidateBy({
    name: 'hasLimitOfAlgorithm',
    validator: {
      validate: (limit: number, args) =>
        policyOf(args).algorithm !== 'sliding-window-log' || limit <= MAX_LOGGED_HITS,
      defaultMessage: () => `limit must be at most ${MAX_LOGGED_HITS} for sliding-window-log`,
    },
  });
}

/** `burst` has a meaning for the two buckets alone. */
export function IsBurstOfBucket(): PropertyDecorator {
  return ValidateBy({
    name: 'isBurstOfBucket',
    validator: {
      validate: (_burst, args) => isBucket(policyOf(args)),
      defaultMessage: () => 'burst is only for token-bucket and leaky-bucket',
    },
  });
}
