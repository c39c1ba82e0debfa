type Token = '*' | ((byte: number) => boolean);

const BACKSLASH = 0x5c;
const byteOf = (character: string) => character.charCodeAt(0);

/**
 * A pattern as Redis has them for PSUBSCRIBE: `*`, `?`, `[a-c]`, `[^a-c]`, and `\` before one of these; over the bytes of UTF-8. For
 * sharded pub/sub, where Redis has none.
 */
export class ChannelPattern {
  private readonly tokens: readonly Token[];

  constructor(private readonly pattern: string) {
    this.tokens = [...tokens(Buffer.from(pattern))];
  }

  /** The topic of all names that it takes: what is before the first colon. Undefined where they may have several. */
  get topic(): string | undefined {
    return /^([^*?[\\:]*):/.exec(this.pattern)?.[1];
  }

  /** O(name x pattern): what comes after a star is tried anew from each byte, and no star before it is tried again. */
  takes(name: Buffer): boolean {
    const { tokens } = this;
    let [at, token, starAt, star] = [0, 0, 0, -1];
    while (at < name.length) {
      const expected = tokens[token];
      if (expected === '*') {
        star = token++;
        starAt = at;
      } else if (expected?.(name[at])) {
        at += 1;
        token += 1;
      } else if (star >= 0) {
        at = ++starAt;
        token = star + 1;
      } else {
        return false;
      }
    }
    while (tokens[token] === '*') token += 1;
    return token === tokens.length;
  }
}

function* tokens(pattern: Buffer): Generator<Token> {
  for (let at = 0; at < pattern.length; at += 1) {
    const byte = pattern[at];
    if (byte === byteOf('*')) yield '*';
    else if (byte === byteOf('?')) yield () => true;
    else if (byte === byteOf('[')) {
      const set = readSet(pattern, at + 1);
      at = set.end;
      yield set.takes;
    } else {
      const escaped = byte === BACKSLASH && at + 1 < pattern.length ? pattern[++at] : byte;
      yield (other) => other === escaped;
    }
  }
}

/** From behind the bracket to the one that closes it; without that, to the end. */
function readSet(pattern: Buffer, start: number): { takes: (byte: number) => boolean; end: number } {
  const bytes = new Set<number>();
  const isNegated = pattern[start] === byteOf('^');
  let at = isNegated ? start + 1 : start;
  for (; at < pattern.length && pattern[at] !== byteOf(']'); at += 1) {
    if (pattern[at] === BACKSLASH && at + 1 < pattern.length) {
      bytes.add(pattern[++at]);
    } else if (pattern[at + 1] === byteOf('-') && at + 2 < pattern.length) {
      const [low, high] = [pattern[at], pattern[at + 2]].sort((a, b) => a - b);
      for (let byte = low; byte <= high; byte += 1) bytes.add(byte);
      at += 2;
    } else {
      bytes.add(pattern[at]);
    }
  }
  return { takes: (byte) => bytes.has(byte) !== isNegated, end: at };
}
