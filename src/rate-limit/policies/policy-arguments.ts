import { type Algorithm, capacityOf, type Policy } from './policy.js';

/** The letters by which the scripts know the algorithms; see algorithms/lua/check.lua. */
const LETTERS: Readonly<Record<Algorithm, string>> = {
  'fixed-window': 'f',
  'sliding-window-log': 'l',
  'sliding-window-counter': 'c',
  'token-bucket': 't',
  'leaky-bucket': 'q',
};

/** A policy as the scripts take it: algorithm, limit, window, burst, block, shadow. */
export function policyArguments(policy: Policy): (string | number)[] {
  const { algorithm, limit, windowMs, blockDurationMs = 0, mode } = policy;
  return [
    LETTERS[algorithm],
    limit,
    windowMs,
    capacityOf(policy),
    blockDurationMs,
    mode === 'shadow' ? 1 : 0,
  ];
}
