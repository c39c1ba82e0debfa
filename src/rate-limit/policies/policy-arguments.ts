import { type Algorithm, capacityOf, type Policy } from './policy.js';

/** The letters by which the scripts know the algorithms; see algorithms/lua/check.lua. */
const LETTERS: Readonly<Record<Algorithm, string>> = {
  'fixed-window': 'f',
  'sliding-window-log': 'l',
  'sliding-window-counter': 'c',
  'token-bucket': 't',
  'leaky-bucket': 'q',
};

/** A fixed window in the form of INCREX; see NativeWindow. */
const INTEGER_WINDOW = 'i';

/**
 * A policy as the scripts take it: algorithm, limit, window, burst, block, shadow.
 *
 * @param isNative whether its counters are those of INCREX.
 */
export function policyArguments(policy: Policy, isNative = false): (string | number)[] {
  const { algorithm, limit, windowMs, blockDurationMs = 0, mode } = policy;
  const letter = isNative ? INTEGER_WINDOW : LETTERS[algorithm];
  return [letter, limit, windowMs, capacityOf(policy), blockDurationMs, mode === 'shadow' ? 1 : 0];
}
