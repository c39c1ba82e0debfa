import { randomBytes } from 'node:crypto';
import { TOKEN_BYTES } from './frame.js';

const COUNTER_BYTES = 4;

/** Leases, versions and stamps: 12 bytes, unlike those of any other process and any other moment. */
export class Tokens {
  private start = randomBytes(TOKEN_BYTES - COUNTER_BYTES);
  private count = 0;

  next(): Buffer {
    if (this.count >= 2 ** 32 - 1) {
      this.start = randomBytes(TOKEN_BYTES - COUNTER_BYTES);
      this.count = 0;
    }
    const token = Buffer.allocUnsafe(TOKEN_BYTES);
    this.start.copy(token);
    token.writeUInt32BE((this.count += 1), TOKEN_BYTES - COUNTER_BYTES);
    return token;
  }
}
