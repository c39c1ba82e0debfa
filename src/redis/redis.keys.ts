import { ValidationFailedError } from '../errors/index.js';

export const MAX_ID_BYTES = 256;

/** What may stand in a key as it is. All else is percent-encoded, so no id reaches another key or a pattern. */
const SAFE_ID = new RegExp(`^[A-Za-z0-9_.@=+/-]{1,${MAX_ID_BYTES}}$`);
const UNSAFE = /[^A-Za-z0-9_.@=+/-]/gu;

/**
 * Spells every Redis key: `<prefix>:<namespace>:<feature>:{<id>}:<part>`.
 * The braces are a Cluster hash tag: all parts of one id share a slot.
 */
export class RedisKeys {
  private readonly head: string;

  constructor(prefix: string, namespace: string, feature: string) {
    this.head = `${prefix}:${namespace}:${feature}:`;
  }

  /**
   * @param id any text of 1 to 256 bytes, from outside or not.
   * @param part the key's role, a fixed word.
   * @throws ValidationFailedError when the id is empty or too long.
   */
  key(id: string, part: string): string {
    return `${this.head}{${encodeId(id)}}:${part}`;
  }
}

/** @throws ValidationFailedError unless the id has 1 to 256 bytes. */
export function encodeId(id: string): string {
  if (SAFE_ID.test(id)) return id;
  const bytes = Buffer.byteLength(id);
  if (bytes === 0 || bytes > MAX_ID_BYTES) {
    throw new ValidationFailedError([{ path: 'id', message: `must have 1 to ${MAX_ID_BYTES} bytes` }]);
  }
  return id.replace(UNSAFE, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
