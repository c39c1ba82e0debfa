import type { BoardDefinition, Entry, RefusedEntry, Submission } from '../../src/leaderboard/index.js';

interface Held {
  readonly member: string;
  readonly score: bigint;
  /** Which change of the board it was. */
  readonly change: number;
}

/** A window of a leaderboard in memory: a list in its order. */
export class ModelWindow {
  readonly ranked: Held[] = [];
  private readonly byMember = new Map<string, Held>();
  private readonly metadata = new Map<string, unknown>();

  constructor(private readonly definition: Pick<BoardDefinition, 'order' | 'tieBreak'>) {}

  scoreOf(member: string): bigint | undefined {
    return this.byMember.get(member)?.score;
  }

  metadataOf(member: string): unknown {
    return this.metadata.get(member) ?? null;
  }

  /** From 1. */
  rankOf(member: string): number {
    return this.placeOf(this.byMember.get(member)!) + 1;
  }

  put(member: string, score: bigint, change: number): void {
    this.take(member);
    const held = { member, score, change };
    this.byMember.set(member, held);
    this.ranked.splice(this.placeOf(held), 0, held);
  }

  keep(member: string, metadata: unknown): void {
    this.metadata.set(member, metadata);
  }

  remove(member: string): void {
    this.take(member);
    this.metadata.delete(member);
  }

  private take(member: string): void {
    const held = this.byMember.get(member);
    if (!held) return;
    this.ranked.splice(this.placeOf(held), 1);
    this.byMember.delete(member);
  }

  /** How many rank before it. */
  private placeOf(held: Held): number {
    let [low, high] = [0, this.ranked.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.isBefore(this.ranked[middle], held)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private isBefore(one: Held, other: Held): boolean {
    const { order, tieBreak } = this.definition;
    if (one.score !== other.score)
      return order === 'desc' ? one.score > other.score : one.score < other.score;
    if (tieBreak === 'member') return Buffer.compare(Buffer.from(one.member), Buffer.from(other.member)) < 0;
    return tieBreak === 'first' ? one.change < other.change : one.change > other.change;
  }
}

/** What a leaderboard is to do, done in memory. */
export class ModelBoard {
  private readonly windows = new Map<string, ModelWindow>();
  private changes = 0;

  constructor(
    readonly definition: BoardDefinition,
    private readonly bounds: readonly [least: bigint, most: bigint],
  ) {}

  window(period: string): ModelWindow {
    let window = this.windows.get(period);
    if (!window) this.windows.set(period, (window = new ModelWindow(this.definition)));
    return window;
  }

  /** @param periods those of now, the widest first. */
  submit(periods: readonly string[], entry: Entry): Submission | RefusedEntry {
    const { member, metadata, operator = this.definition.operator } = entry;
    const windows = periods.map((period) => this.window(period));
    const before = windows.map((window) => window.scoreOf(member));
    const after = before.map((old) => this.applied(operator, old, BigInt(entry.score)));
    if (after.some((score) => score < this.bounds[0] || score > this.bounds[1])) {
      return { member, code: 'SCORE_OUT_OF_RANGE' };
    }
    this.changes += 1;
    windows.forEach((window, index) => {
      const changed = before[index] !== after[index];
      if (changed) window.put(member, after[index], this.changes);
      if (metadata !== undefined && (changed || operator !== 'best')) window.keep(member, metadata);
    });
    const [previous = null] = before;
    const changed = previous !== after[0];
    return { member, score: after[0], previousScore: previous, rank: windows[0].rankOf(member), changed };
  }

  remove(member: string): boolean {
    const holding = [...this.windows.values()].filter((window) => window.scoreOf(member) !== undefined);
    holding.forEach((window) => window.remove(member));
    return holding.length > 0;
  }

  private applied(operator: string, old: bigint | undefined, given: bigint): bigint {
    if (operator === 'increment') return (old ?? 0n) + given;
    if (operator === 'decrement') return (old ?? 0n) - given;
    if (operator === 'set' || old === undefined) return given;
    return (this.definition.order === 'desc') === given > old ? given : old;
  }
}
