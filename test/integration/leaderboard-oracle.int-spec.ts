import { isDeepStrictEqual } from 'node:util';
import {
  type BoardDefinition,
  type Entry,
  LeaderboardService,
  type WindowName,
} from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { LeaderboardClock } from '../support/leaderboard-clock.js';
import { ModelBoard, type ModelWindow } from '../support/leaderboard-model.js';
import { leaderboardsWith } from '../support/leaderboards.js';
import { codeOf } from '../support/locks.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';

const OPERATIONS = 1_000_000;
const MEMBERS = Array.from({ length: 300 }, (_, index) => `${[...'aZé:{🎲'][index % 6]}${index}`);
const DAY_MS = 86_400_000;
const INT64: [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];
const INT53: [bigint, bigint] = [1n - 2n ** 53n, 2n ** 53n - 1n];
const WINDOWS: readonly WindowName[] = ['all-time', 'monthly', 'weekly', 'daily'];

type Trial = Pick<BoardDefinition, 'order' | 'tieBreak' | 'scores' | 'windows'>;
const TRIALS: readonly Trial[] = (['desc', 'asc'] as const).flatMap((order) => [
  { order, tieBreak: 'first', scores: 'int64', windows: WINDOWS },
  { order, tieBreak: 'last', scores: 'int64', windows: ['weekly'] },
  { order, tieBreak: 'member', scores: 'int64', windows: ['all-time', 'daily'] },
  { order, tieBreak: 'member', scores: 'int53', windows: ['all-time', 'monthly'] },
]);

let boards: LeaderboardService;
let clock: LeaderboardClock;

beforeAll(async () => {
  const redis = await TestRedis.start();
  clock = new LeaderboardClock(redis.client);
  const settings = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '20000' };
  const app = await TestApp.start(settings, leaderboardsWith());
  clock.govern(app);
  boards = app.get(LeaderboardService);
});

/** The names of the windows in UTC, for days from 2026-03-02, a Monday, in March. */
function periodsOf(windows: readonly WindowName[], day: number): string[] {
  const names = {
    'all-time': '',
    monthly: 'March',
    weekly: `week ${Math.floor(day / 7)}`,
    daily: `day ${day}`,
  };
  return windows.map((window) => `${window} ${names[window]}`);
}

class Comparison {
  private readonly model: ModelBoard;
  private readonly definition: BoardDefinition;
  private readonly bounds: readonly [bigint, bigint];
  private day = 0;
  done = 0;

  constructor(
    private readonly name: string,
    trial: Trial,
    private readonly random: Random,
  ) {
    this.definition = { ...trial, operator: 'best', timeZone: 'UTC', retentionMs: 365 * DAY_MS };
    this.bounds = trial.scores === 'int53' ? INT53 : INT64;
    this.model = new ModelBoard(this.definition, this.bounds);
  }

  async run(operations: number): Promise<void> {
    await boards.define(this.name, this.definition);
    while (this.done < operations) {
      this.day = Math.min(29, Math.floor((this.done / operations) * 30));
      await clock.set(Date.UTC(2026, 2, 2 + this.day, this.random.integer(0, 23)));
      await this.submitSome();
      await this.removeSome();
      await this.readSome();
    }
    await this.readAll();
  }

  private async submitSome(): Promise<void> {
    const entries = Array.from({ length: this.random.integer(200, 1000) }, () => this.entry());
    const periods = this.periods();
    const said = await boards.submitMany(this.name, entries);
    assertEqual(
      said,
      entries.map((entry) => this.model.submit(periods, entry)),
    );
    this.done += entries.length;
  }

  private entry(): Entry {
    const { random } = this;
    const member = random.pick(MEMBERS);
    const operator = random.pick(['best', 'best', 'set', 'increment', 'decrement', undefined] as const);
    const metadata = random.chance(0.05) ? random.pick([null, { level: random.integer(1, 9) }]) : undefined;
    return { member, score: this.score(operator), operator, metadata };
  }

  /** Mostly such as many have; some at the ends of the range, and some anywhere in it. */
  private score(operator: Entry['operator']): bigint {
    const { random, bounds } = this;
    const adds = operator === 'increment' || operator === 'decrement';
    if (random.chance(adds ? 0.95 : 0.7)) return BigInt(random.integer(-6, 6));
    if (random.chance(0.3)) return random.pick(bounds) + 0n;
    const words = (BigInt(random.integer(0, 2 ** 32 - 1)) << 32n) | BigInt(random.integer(0, 2 ** 32 - 1));
    return BigInt.asIntN(this.definition.scores === 'int53' ? 53 : 64, words);
  }

  private async removeSome(): Promise<void> {
    for (let count = this.random.integer(0, 4); count > 0; count -= 1) {
      const member = this.random.pick(MEMBERS);
      const outcome = await codeOf(boards.removeMember(this.name, member));
      expect(outcome).toBe(this.model.remove(member) ? 'none' : 'MEMBER_NOT_RANKED');
      this.done += 1;
    }
  }

  private async readSome(): Promise<void> {
    const window = this.random.pick(this.definition.windows);
    const model = this.model.window(this.periods()[this.definition.windows.indexOf(window)]);
    const asked = Array.from({ length: 8 }, () => this.random.pick(MEMBERS));
    const among = await boards.ranks(this.name, asked, { window });
    const ranked = [...new Set(asked)].filter((each) => model.scoreOf(each) !== undefined);
    ranked.sort((one, other) => model.rankOf(one) - model.rankOf(other));
    expect(among).toEqual({
      items: ranked.map((each, index) => ({ ...standing(model, each), rankAmong: index + 1 })),
      total: model.ranked.length,
    });
    for (const member of ranked.slice(0, 3)) await this.readMember(window, model, member);
    this.done += 1;
  }

  private async readMember(window: WindowName, model: ModelWindow, member: string): Promise<void> {
    const total = model.ranked.length;
    expect(await boards.member(this.name, member, { window })).toMatchObject({
      ...standing(model, member),
      total,
    });
    const radius = this.random.integer(0, 20);
    const first = Math.max(0, Math.min(model.rankOf(member) - 1 - radius, total - 2 * radius - 1));
    const around = model.ranked.slice(first, first + 2 * radius + 1);
    expect(await boards.neighbours(this.name, member, { window, radius })).toEqual({
      items: around.map((each) => standing(model, each.member)),
      total,
    });
    this.done += 2;
  }

  /** Every window that there has been, page by page. */
  private async readAll(): Promise<void> {
    for (let day = 0; day <= this.day; day += 1) {
      const at = new Date(Date.UTC(2026, 2, 2 + day)).toISOString().slice(0, 10);
      for (const [index, window] of this.definition.windows.entries()) {
        const model = this.model.window(periodsOf(this.definition.windows, day)[index]);
        const limit = this.random.integer(20, 200);
        const items = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page = await boards.top(this.name, { window, at, limit, cursor });
          items.push(...page.items);
          cursor = page.nextCursor;
          this.done += 1;
        }
        assertEqual(
          items,
          model.ranked.map(({ member }) => standing(model, member)),
        );
      }
    }
  }

  private periods(): string[] {
    return periodsOf(this.definition.windows, this.day);
  }
}

function standing(model: ModelWindow, member: string) {
  const score = model.scoreOf(member);
  return { rank: model.rankOf(member), member, score, metadata: model.metadataOf(member) };
}

/** Jest's own comparison takes longer than everything else here: it is asked for what differs. */
function assertEqual<T>(said: T, expected: T): void {
  if (!isDeepStrictEqual(said, expected)) expect(said).toEqual(expected);
}

describe('boards and a model in memory', () => {
  it.each(TRIALS.map((trial, index) => [Object.values(trial).join(' '), trial, index] as const))(
    'agree: %s',
    async (name, trial, seed) => {
      const comparison = new Comparison(name, trial, new Random(seed));
      await comparison.run(OPERATIONS / TRIALS.length);
      expect(comparison.done).toBeGreaterThanOrEqual(OPERATIONS / TRIALS.length);
    },
  );
});
