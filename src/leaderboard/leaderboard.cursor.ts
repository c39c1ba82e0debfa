import { type Board, DIGEST_BYTES, invalid, type View } from './board.js';
import { periodAt, WINDOWS } from './windows/period.js';

/** Where a list goes on: in one period of one board, behind a place in its order. */
export interface Cursor {
  readonly view: View;
  readonly place: Buffer;
}

const PERIOD = /^([a-z-]+) (\d{1,14})$/;

/** Opaque to clients. The same place stays good when those who stood there have moved, and after the period is over. */
export function encodeCursor(board: Board, { period }: View, place: Buffer): string {
  const inPeriod = `${period.window} ${Math.max(0, period.startsAt)}\0`;
  return Buffer.concat([board.digest, Buffer.from(inPeriod), place]).toString('base64url');
}

/** @throws ValidationFailedError unless {@link encodeCursor} made it, or could have, for this board. */
export function decodeCursor(board: Board, text: string): Cursor {
  const cursor = parse(board, Buffer.from(text, 'base64url'));
  // Comparing with the encoding refuses the cursors of other boards, and what base64 lets pass.
  if (!cursor || encodeCursor(board, cursor.view, cursor.place) !== text) {
    throw invalid('cursor', 'must be the nextCursor of an earlier answer about this board');
  }
  return cursor;
}

function parse(board: Board, bytes: Buffer): Cursor | undefined {
  const end = bytes.indexOf(0, DIGEST_BYTES);
  const [, name, startsAt] = PERIOD.exec(bytes.toString('latin1', DIGEST_BYTES, Math.max(0, end))) ?? [];
  const window = WINDOWS.find((each) => each === name);
  const place = bytes.subarray(end + 1);
  if (!window || !board.definition.windows.includes(window) || !board.layout.isPlace(place)) return undefined;
  return { view: board.viewOf(periodAt(window, board.definition.timeZone, Number(startsAt))), place };
}
