import { ID_RULE, isId } from '../redis/index.js';
import { type Board, invalid } from './board.js';
import { OPERATORS, type Operator } from './board-definition.js';
import { INT64_RULE, parseInt64 } from './int64.js';

/** A score for a member. */
export interface Entry {
  /** Any text of 1 to 256 bytes. */
  readonly member: string;
  /** Beyond ±(2^53 - 1) a bigint; what is added or taken off, where the operator does that. */
  readonly score: number | bigint;
  /** The board's own, unless given. */
  readonly operator?: Operator;
  /** Kept with the score, as JSON of at most 4096 bytes; what was kept stays where it is absent, and goes where it is null. */
  readonly metadata?: unknown;
}

/** What became of an entry, in the widest window of the board. */
export interface Submission {
  readonly member: string;
  readonly score: bigint;
  /** Null for who had none. */
  readonly previousScore: bigint | null;
  /** 1 is the best. */
  readonly rank: number;
  readonly changed: boolean;
}

/** An entry of several whose sum would have left the range of scores: it was filed in no window. */
export interface RefusedEntry {
  readonly member: string;
  readonly code: 'SCORE_OUT_OF_RANGE';
}

export const MAX_METADATA_BYTES = 4096;
const VALUES_AN_ENTRY = 6;
type High = number | string;
type Values = [code: number, oldHigh: High, oldLow: number, high: High, low: number, rank: number];
const OUT_OF_RANGE = 3;
const NEW = 2;

/** What the script takes of an entry. @throws ValidationFailedError, its path behind `at`. */
export function entryArguments({ definition, layout }: Board, entry: Entry, at = ''): (string | number)[] {
  const { member, operator = definition.operator, metadata } = entry;
  if (!isId(member)) throw invalid(`${at}member`, ID_RULE);
  if (!OPERATORS.includes(operator)) throw invalid(`${at}operator`, `must be one of ${OPERATORS.join(', ')}`);
  const score = parseInt64(entry.score);
  if (score === undefined) throw invalid(`${at}score`, INT64_RULE);
  if (!layout.holds(score)) throw invalid(`${at}score`, 'must be within ±(2^53 - 1) on this leaderboard');
  const adds = operator === 'increment' || operator === 'decrement';
  const [high, low] = adds
    ? layout.encodeDifference(operator === 'increment' ? score : -score)
    : layout.encode(score);
  return [member, adds ? 'add' : operator, high, low, encodeMetadata(metadata, `${at}metadata`)];
}

/** What the script says of entries, in their order. */
export function readSubmissions(
  { layout }: Board,
  entries: readonly Entry[],
  replies: readonly High[],
): (Submission | RefusedEntry)[] {
  return entries.map(({ member }, index) => {
    const start = index * VALUES_AN_ENTRY;
    const [code, oldHigh, oldLow, high, low, rank] = replies.slice(start, start + VALUES_AN_ENTRY) as Values;
    if (code === OUT_OF_RANGE) return { member, code: 'SCORE_OUT_OF_RANGE' };
    const previousScore = code === NEW ? null : layout.decode(oldHigh, oldLow);
    return { member, score: layout.decode(high, low), previousScore, rank: rank + 1, changed: code > 0 };
  });
}

function encodeMetadata(metadata: unknown, path: string): string {
  if (metadata === undefined) return '';
  const json = toJson(metadata);
  if (json === undefined || Buffer.byteLength(json) > MAX_METADATA_BYTES) {
    throw invalid(path, `must be JSON of at most ${MAX_METADATA_BYTES} bytes`);
  }
  return json;
}

/** Undefined for what JSON has not: a function, a bigint, what has itself as a part. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined;
  } catch {
    return undefined;
  }
}
