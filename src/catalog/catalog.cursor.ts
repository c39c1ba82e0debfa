import { ValidationFailedError } from '../errors/index.js';

/** The place in the order of the list after which a page begins. */
export interface Position {
  readonly searchTitle: string;
  readonly id: string;
}

/** Opaque to clients, so that the order can change one day. */
export function encodeCursor({ searchTitle, id }: Position): string {
  return Buffer.from(JSON.stringify([searchTitle, id])).toString('base64url');
}

/** @throws ValidationFailedError unless {@link encodeCursor} made it, or could have. */
export function decodeCursor(cursor: string): Position {
  const position = parse(Buffer.from(cursor, 'base64url').toString());
  // Comparing with the encoding refuses what base64 lets pass: stray characters, and bits that mean nothing.
  if (position === undefined || encodeCursor(position) !== cursor) {
    throw new ValidationFailedError([
      { path: 'cursor', message: 'must be the nextCursor of an earlier answer' },
    ]);
  }
  return position;
}

function parse(text: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || value.length !== 2 || !value.every(isStorable)) return undefined;
    return { searchTitle: value[0] as string, id: value[1] as string };
  } catch {
    return undefined;
  }
}

/** Postgres has no text with a NUL in it. */
function isStorable(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}
