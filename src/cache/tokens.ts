import { randomBytes } from 'node:crypto';

const START_BYTES = 6;
const PAIR_BITS = 12;
const PAIRS = 2 ** PAIR_BITS;
/** The count is two pairs of characters of base64url: put together from a table, as each read takes a token. */
const MAX_COUNT = PAIRS ** 2;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const TWO_CHARACTERS = [...ALPHABET].flatMap((high) => [...ALPHABET].map((low) => high + low));

/**
 * Leases, versions and stamps: 12 characters, unlike those of any other process and any other moment. They are ASCII:
 * ioredis writes a command of texts in one piece, and one with bytes in it argument by argument.
 */
export class Tokens {
  private start = newStart();
  private count = 0;

  next(): string {
    if (this.count === MAX_COUNT) {
      this.start = newStart();
      this.count = 0;
    }
    const { count } = this;
    this.count += 1;
    return this.start + TWO_CHARACTERS[count >> PAIR_BITS] + TWO_CHARACTERS[count & (PAIRS - 1)];
  }
}

function newStart(): string {
  return randomBytes(START_BYTES).toString('base64url');
}
