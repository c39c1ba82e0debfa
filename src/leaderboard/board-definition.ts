import { ValidationFailedError } from '../errors/index.js';
import { isTimeZone, WINDOWS, type WindowName } from './windows/period.js';

export const ORDERS = ['desc', 'asc'] as const;
export const OPERATORS = ['best', 'set', 'increment', 'decrement'] as const;
export const TIE_BREAKS = ['first', 'last', 'member'] as const;
export const SCORES = ['int64', 'int53'] as const;

/** `best` keeps the better of the old score and the new one; a member that has none begins at 0 for the last two. */
export type Operator = (typeof OPERATORS)[number];

/** What a board is. All but `operator` and `retentionMs` stay as they are until it is deleted. */
export interface BoardDefinition {
  /** Which scores are better: high ones with `desc`. */
  readonly order: (typeof ORDERS)[number];
  /** What a score does when it is submitted without an operator of its own. */
  readonly operator: Operator;
  readonly windows: readonly WindowName[];
  /** IANA name: where days, weeks and months begin. */
  readonly timeZone: string;
  /** Who of those with one score ranks better: who reached it first, or last, or whose id has the lower bytes. */
  readonly tieBreak: (typeof TIE_BREAKS)[number];
  /** `int53`: no score leaves ±(2^53 - 1), and the tie break is `member`. Such a board takes half the memory. */
  readonly scores: (typeof SCORES)[number];
  /** How long a day, week or month can be read after its end; of one that has begun, as it was then. */
  readonly retentionMs: number;
}

const DAY_MS = 86_400_000;
export const MAX_RETENTION_MS = 3660 * DAY_MS;

const DEFAULTS: BoardDefinition = {
  order: 'desc',
  operator: 'best',
  windows: ['all-time'],
  timeZone: 'UTC',
  tieBreak: 'first',
  scores: 'int64',
  retentionMs: 90 * DAY_MS,
};

type Rule = readonly [path: keyof BoardDefinition, holds: boolean, message: string];

/**
 * With the defaults, the windows widest first and once each.
 *
 * @throws ValidationFailedError
 */
export function completeDefinition(given: Partial<BoardDefinition>): BoardDefinition {
  const { order, operator, timeZone, tieBreak, scores, retentionMs } = { ...DEFAULTS, ...withoutGaps(given) };
  const windows = given.windows ?? DEFAULTS.windows;
  const rules: readonly Rule[] = [
    oneOf('order', order, ORDERS),
    oneOf('operator', operator, OPERATORS),
    oneOf('tieBreak', tieBreak, TIE_BREAKS),
    oneOf('scores', scores, SCORES),
    ['tieBreak', scores !== 'int53' || tieBreak === 'member', 'must be member where scores are int53'],
    ['windows', windows.length > 0 && windows.every(isWindow), `must be some of ${WINDOWS.join(', ')}`],
    ['timeZone', isTimeZone(timeZone), 'must be an IANA time zone'],
    ['retentionMs', isRetention(retentionMs), `must be an integer from 0 to ${MAX_RETENTION_MS}`],
  ];
  const broken = rules.filter(([, holds]) => !holds).map(([path, , message]) => ({ path, message }));
  if (broken.length > 0) throw new ValidationFailedError(broken);
  const sorted = WINDOWS.filter((each) => windows.includes(each));
  return { order, operator, windows: sorted, timeZone, tieBreak, scores, retentionMs };
}

/** What the scores of a board depend on. */
export function fixedParts({ order, windows, timeZone, tieBreak, scores }: BoardDefinition): string {
  return JSON.stringify([order, windows, timeZone, tieBreak, scores]);
}

function withoutGaps<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

function oneOf(path: keyof BoardDefinition, value: string, allowed: readonly string[]): Rule {
  return [path, allowed.includes(value), `must be one of ${allowed.join(', ')}`];
}

function isWindow(name: string): boolean {
  return (WINDOWS as readonly string[]).includes(name);
}

function isRetention(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_RETENTION_MS;
}
