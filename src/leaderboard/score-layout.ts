import type { BoardDefinition } from './board-definition.js';
import { isInt64 } from './int64.js';

/** A score as the scripts have it: it sorts, high half first, as its member ranks. */
export type Halves = readonly [high: number, low: number];

const LOW = 0xffff_ffffn;
const HALF = 2 ** 32;
const BIG_HALF = 2n ** 32n;
const SCORE_BYTES = 8;
const TIE_BYTES = 6;

/**
 * How a board keeps scores so that Redis sorts them as they rank (docs/adr/0032): as the bytes of a 64-bit integer with its sign
 * flipped, all bits flipped where high scores win, and behind them what decides between equals; or, where doubles and the
 * order of ids do, as the double, negated where high scores win.
 */
export class ScoreLayout {
  /** Bytes before the id in a member of the set; 0: none, the scores are doubles. */
  readonly width: number;
  /** 1: who reached a score first ranks better, -1: who did so last, 0: whose id sorts first. */
  readonly tie: number;
  /** What a member has that has no score yet. */
  readonly zero: Halves;
  private readonly descending: boolean;

  constructor({ order, tieBreak, scores }: BoardDefinition) {
    this.descending = order === 'desc';
    this.tie = { first: 1, last: -1, member: 0 }[tieBreak];
    if (scores === 'int53') this.width = 0;
    else this.width = this.tie === 0 ? SCORE_BYTES : SCORE_BYTES + TIE_BYTES;
    this.zero = this.encode(0n);
  }

  /** Whether a score, or a difference, can be kept. */
  holds(score: bigint): boolean {
    return this.width === 0 ? Number.isSafeInteger(Number(score)) : isInt64(score);
  }

  encode(score: bigint): Halves {
    if (this.width === 0) return [Number(this.descending ? -score : score), 0];
    const [signed, low] = halves(score);
    const high = signed + HALF / 2;
    return this.descending ? [HALF - 1 - high, HALF - 1 - low] : [high, low];
  }

  /** What is added to an encoded score when `by` is added to the score. */
  encodeDifference(by: bigint): Halves {
    const difference = this.descending ? -by : by;
    return this.width === 0 ? [Number(difference), 0] : halves(difference);
  }

  /** @param high as a script replies with it: a double comes as text. */
  decode(high: number | string, low: number): bigint {
    if (typeof high === 'string') return this.descending ? -BigInt(high) : BigInt(high);
    const [up, down] = this.descending ? [HALF - 1 - high, HALF - 1 - low] : [high, low];
    const signed = up - HALF / 2;
    // Nearly all scores: one bigint instead of five.
    const number = signed * HALF + down;
    return Number.isSafeInteger(number) ? BigInt(number) : BigInt(signed) * BIG_HALF + BigInt(down);
  }

  /** Reads what a set holds: members with their scores, in its order. */
  readEntries(entries: readonly Buffer[]): { readonly member: string; readonly score: bigint }[] {
    const { width } = this;
    if (width > 0) {
      return entries.map((entry) => ({
        member: entry.toString('utf8', width),
        score: this.decode(entry.readUInt32BE(0), entry.readUInt32BE(4)),
      }));
    }
    return Array.from({ length: entries.length / 2 }, (_, index) => ({
      member: entries[2 * index].toString(),
      score: this.decode(entries[2 * index + 1].toString('latin1'), 0),
    }));
  }

  /** The place of the last of these entries, for {@link LeaderboardService.top} to go on behind it. */
  lastPlace(entries: readonly Buffer[]): Buffer {
    const last = entries[entries.length - 1];
    return this.width > 0 ? last : Buffer.concat([last, SPACE, entries[entries.length - 2]]);
  }

  /** Whether this could be a {@link lastPlace}. */
  isPlace(place: Buffer): boolean {
    return this.width > 0 ? place.length > this.width : /^-?\d{1,16} ./s.test(place.toString('latin1'));
  }
}

const SPACE = Buffer.from(' ');

/** The high half has the sign. */
function halves(value: bigint): Halves {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) return [Number(value >> 32n), Number(value & LOW)];
  const high = Math.floor(number / HALF);
  return [high, number - high * HALF];
}
