import { createHash } from 'node:crypto';
import { isId } from '../../redis/index.js';

const DIGEST = 'sha256=';

/** Leaves a key of the space more room than a digest takes. */
const MAX_LABEL_BYTES = 128;

/** What a space and its entries are called in the cache. */
export class SpaceNames {
  /** The tag that all its entries bear. */
  readonly tag: string;
  /** What the keys of its entries begin with, and no other key does. */
  readonly head: string;

  /** @param name any text, also none. */
  constructor(name: string) {
    // Ends before the first colon, so that no space is part of another.
    const label = named(
      name.replace(/[%:]/g, encodeURIComponent),
      (text) => text === '' || (isId(text) && Buffer.byteLength(text) <= MAX_LABEL_BYTES),
    );
    this.tag = `keyv=${label}`;
    this.head = `keyv:${label}:`;
  }

  /** @param key any text. */
  entry(key: string): string {
    return this.head + named(key, (text) => isId(this.head + text));
  }

  /** True for an entry that is known by a digest, which does not tell its key. */
  isDigest(entry: string): boolean {
    return entry.startsWith(DIGEST, this.head.length);
  }

  /** The key of an entry that is not known by a digest. */
  keyOf(entry: string): string {
    return entry.slice(this.head.length);
  }
}

/** A text that fits as it is, else its digest. */
function named(text: string, fits: (text: string) => boolean): string {
  if (!text.startsWith(DIGEST) && fits(text)) return text;
  return DIGEST + createHash('sha256').update(text).digest('base64url');
}
