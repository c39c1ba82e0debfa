import { randomBytes } from 'node:crypto';

const START_BYTES = 6;
/** In base64url, three bytes are four characters. */
const COUNTER_BYTES = 3;
const MAX_COUNT = 2 ** (8 * COUNTER_BYTES);

/**
 * Leases, versions and stamps: 12 characters, unlike those of any other process and any other moment. They are ASCII:
 * ioredis writes a command of texts in one piece, and one with bytes in it argument by argument.
 */
export class Tokens {
  private start = newStart();
  private count = 0;
  private readonly counter = Buffer.alloc(COUNTER_BYTES);

  next(): string {
    if (this.count === MAX_COUNT) {
      this.start = newStart();
      this.count = 0;
    }
    this.counter.writeUIntBE(this.count, 0, COUNTER_BYTES);
    this.count += 1;
    return this.start + this.counter.toString('base64url');
  }
}

function newStart(): string {
  return randomBytes(START_BYTES).toString('base64url');
}
