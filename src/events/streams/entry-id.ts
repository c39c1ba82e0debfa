import { ValidationFailedError } from '../../errors/index.js';

/** Where a stream begins: no entry has it. */
export const BEGINNING = '0-0';

const ID = /^(\d{1,20})(?:-(\d{1,20}))?$/;
const UINT64 = 2n ** 64n;

/**
 * The id of an entry, or a place between two: `<ms>-<seq>`, or `<ms>` for its begin, as Redis writes it.
 *
 * @param path names it in an error.
 * @throws ValidationFailedError
 */
export function checkEntryId(path: string, given: unknown): string {
  const [, ms, seq = '0'] = (typeof given === 'string' && ID.exec(given)) || [];
  if (ms === undefined || BigInt(ms) >= UINT64 || BigInt(seq) >= UINT64) {
    throw new ValidationFailedError([{ path, message: 'must be the id of an event, <ms>-<seq>' }]);
  }
  return `${BigInt(ms)}-${BigInt(seq)}`;
}

/** Both as Redis writes them. @returns below 0 when `a` is before `b`. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs, aSeq] = a.split('-');
  const [bMs, bSeq] = b.split('-');
  return compareNumbers(aMs, bMs) || compareNumbers(aSeq, bSeq);
}

/** Without leading zeros the longer one is greater; they can be beyond 2^53. */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}
