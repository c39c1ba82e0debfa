import { createHash } from 'node:crypto';
import { ValidationFailedError } from '../errors/index.js';
import type { BoardDefinition } from './board-definition.js';
import { type LeaderboardKeys, periodKey, type WindowKeys } from './leaderboard.keys.js';
import { ScoreLayout } from './score-layout.js';
import { type Period, periodAt, periodNamed, type WindowName } from './windows/period.js';

/** Where scores go at a time: the keys of every window, and until when they are the right ones. */
export interface Filing {
  readonly fromMs: number;
  /** 0: for ever. */
  readonly untilMs: number;
  readonly restKeys: readonly string[];
  /** Name and end of each window. */
  readonly rest: readonly (string | number)[];
}

/** One window to read, and from when until when it is the right one; both 0 when it is that always. */
export interface View {
  readonly period: Period;
  readonly keys: WindowKeys;
  readonly fromMs: number;
  readonly untilMs: number;
}

export const DIGEST_BYTES = 9;

/** A board as this process knows it: its definition, and the names of its keys at any time. */
export class Board {
  /** What the scripts know this definition by. */
  readonly version: string;
  readonly layout: ScoreLayout;
  readonly key: string;
  readonly periodsKey: string;
  /** By which a cursor knows its board. */
  readonly digest: Buffer;
  private filing?: Filing;
  private readonly views = new Map<WindowName, View>();

  constructor(
    readonly name: string,
    readonly definition: BoardDefinition,
    private readonly names: LeaderboardKeys,
  ) {
    this.version = versionOf(definition);
    this.layout = new ScoreLayout(definition);
    this.digest = createHash('sha256').update(name).digest().subarray(0, DIGEST_BYTES);
    this.key = names.board(name);
    this.periodsKey = names.periods(name);
  }

  /** @param nowMs what Redis' clock is taken to say. */
  filingAt(nowMs: number): Filing {
    const { filing } = this;
    return filing && isWithin(filing, nowMs) ? filing : (this.filing = this.makeFiling(nowMs));
  }

  /**
   * The widest window unless one is named; its present period unless `at` says another.
   *
   * @throws ValidationFailedError for a window that the board has not, or an `at` that is no date.
   */
  viewAt(nowMs: number, { window, at }: { readonly window?: WindowName; readonly at?: string }): View {
    const { windows, timeZone } = this.definition;
    const chosen = window ?? windows[0];
    if (!windows.includes(chosen)) throw invalid('window', `must be one of ${windows.join(', ')}`);
    if (at !== undefined) {
      const period = periodNamed(chosen, timeZone, at);
      if (!period) throw invalid('at', 'must be a date, or an instant with its offset');
      return this.viewOf(period);
    }
    const known = this.views.get(chosen);
    if (known && isWithin(known, nowMs)) return known;
    const view = presentOnly(this.viewOf(periodAt(chosen, timeZone, nowMs)));
    this.views.set(chosen, view);
    return view;
  }

  /** A period, whatever the time is. */
  viewOf(period: Period): View {
    return { period, keys: this.keysOf(periodKey(period)), fromMs: 0, untilMs: 0 };
  }

  /** The keys of a period that the list of periods has. */
  keysOf(period: string): WindowKeys {
    return this.names.window(this.name, period);
  }

  private makeFiling(nowMs: number): Filing {
    const { windows, timeZone, retentionMs } = this.definition;
    const periods = windows.map((window) => periodAt(window, timeZone, nowMs));
    const untilMs = Math.min(...periods.map(({ endsAt }) => endsAt));
    return {
      fromMs: untilMs === Infinity ? 0 : Math.max(...periods.map(({ startsAt }) => startsAt)),
      untilMs: untilMs === Infinity ? 0 : untilMs,
      restKeys: periods.flatMap((period) => {
        const { set, members, metadata } = this.keysOf(periodKey(period));
        return [set, members, metadata];
      }),
      rest: periods.flatMap((period) => [
        periodKey(period),
        period.endsAt === Infinity ? 0 : period.endsAt + retentionMs,
      ]),
    };
  }
}

function presentOnly(view: View): View {
  const { startsAt, endsAt } = view.period;
  return endsAt === Infinity ? view : { ...view, fromMs: startsAt, untilMs: endsAt };
}

function isWithin({ fromMs, untilMs }: { fromMs: number; untilMs: number }, nowMs: number): boolean {
  return untilMs === 0 || (nowMs >= fromMs && nowMs < untilMs);
}

function versionOf(definition: BoardDefinition): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('base64url').slice(0, 12);
}

export function invalid(path: string, message: string): ValidationFailedError {
  return new ValidationFailedError([{ path, message }]);
}
