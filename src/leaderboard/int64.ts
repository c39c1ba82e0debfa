const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

const DECIMAL = /^-?(?:0|[1-9]\d{0,18})$/;

export const INT64_RULE =
  'must be an integer within 64 bits; beyond ±(2^53 - 1) a bigint, or in JSON a string of its decimal digits';

/** What JSON has for an exact 64-bit integer: a number where that is exact, else its decimal digits. */
export type JsonInt64 = number | string;

/** @returns whether a bigint fits into 64 bits, with its sign. */
export function isInt64(value: bigint): boolean {
  return value >= MIN_INT64 && value <= MAX_INT64;
}

/**
 * Reads an exact integer: a bigint, a number of at most ±(2^53 - 1), beyond which two integers are one number, or decimal
 * digits without leading zeros. -0 is 0.
 *
 * @returns undefined for anything else, and for what does not fit into 64 bits.
 */
export function parseInt64(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value === 'string' && !DECIMAL.test(value)) return undefined;
  if (typeof value !== 'string' && typeof value !== 'bigint') return undefined;
  const integer = BigInt(value);
  return isInt64(integer) ? integer : undefined;
}

/** The inverse of {@link parseInt64}: a number of at most ±(2^53 - 1), and beyond that decimal digits. */
export function toJsonInt64(value: bigint): JsonInt64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
