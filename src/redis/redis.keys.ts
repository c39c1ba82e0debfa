import { ValidationFailedError } from '../errors/index.js';

export const MAX_ID_BYTES = 256;

/** What an id must have, for messages. */
export const ID_RULE = `must have 1 to ${MAX_ID_BYTES} bytes of well-formed Unicode`;

/** Half of a surrogate pair has no UTF-8 form: an id with one would share the key of another id. */
const ILL_FORMED = /\p{Surrogate}/u;

/** What may stand in a key as it is. All else is percent-encoded, so no id reaches another key or a pattern. */
const SAFE_ID = new RegExp(`^[A-Za-z0-9_.@=+/-]{1,${MAX_ID_BYTES}}$`);
const UNSAFE = /[^A-Za-z0-9_.@=+/-]/gu;

const escapedByte = (byte: number) => `%${byte.toString(16).padStart(2, '0')}`;
/** Nearly every key of a cache has a colon. */
const ESCAPED_ASCII = Array.from({ length: 128 }, (_, byte) => escapedByte(byte));

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
   * @param id any text that {@link isId} takes, from outside or not.
   * @param part the key's role, a fixed word.
   * @throws ValidationFailedError when the id is empty, too long or ill-formed.
   */
  key(id: string, part: string): string {
    return `${this.head}{${encodeId(id)}}:${part}`;
  }

  /**
   * The same for an id that is spread over slots: `<prefix>:<namespace>:<feature>:{<id>#<shard>}:<part>`. No id of another
   * key has a `#`: it is escaped.
   */
  shardKey(id: string, shard: number, part: string): string {
    return `${this.head}{${encodeId(id)}#${shard}}:${part}`;
  }

  /**
   * A channel of pub/sub, `<prefix>:<namespace>:<feature>:<name>`: the name is as it is, and comes last, so it reaches no other
   * channel, and a {@link channelPattern} sees it as its publisher wrote it.
   */
  channel(name: string): string {
    return this.head + name;
  }

  /** A pattern for PSUBSCRIBE over the names of channels. */
  channelPattern(pattern: string): string {
    return this.head.replace(/[\\*?[\]]/g, '\\$&') + pattern;
  }

  /** What a channel is called. */
  channelName(channel: string): string {
    return channel.slice(this.head.length);
  }
}

/** Any characters: 1 to 256 bytes of well-formed Unicode. */
export function isId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  return SAFE_ID.test(value) || (Buffer.byteLength(value) <= MAX_ID_BYTES && !ILL_FORMED.test(value));
}

/** @throws ValidationFailedError unless {@link isId} holds. */
export function encodeId(id: string): string {
  if (SAFE_ID.test(id)) return id;
  if (!isId(id)) throw new ValidationFailedError([{ path: 'id', message: ID_RULE }]);
  return id.replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  return ESCAPED_ASCII[character.charCodeAt(0)] ?? [...Buffer.from(character)].map(escapedByte).join('');
}
