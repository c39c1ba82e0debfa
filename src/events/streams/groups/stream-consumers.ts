import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Settings } from '../../../config/index.js';
import { DecoratedMethods } from '../../decorated-methods.js';
import { Retention } from '../retention/retention.js';
import { ON_STREAM, type StreamSubscription } from './decorators/on-stream.decorator.js';
import type { StreamHandler } from './delivery.js';
import { Fleet } from './fleet.js';
import type { GroupConsumer } from './group-consumer.js';
import { GroupMembers, type Member } from './group-members.js';

const BEAT_EVERY_MS = 2000;
/** Beats after which every group is glanced at, whatever was heard. */
const BEATS_A_ROUND = 10;
/** Beats after which every group is taken from and tidied, whatever there is. */
const BEATS_A_TIDYING = 100;
/** A consumer asks more often than that. */
const SWEEP_IDLE_MS = 600_000;
/** A handler that runs says so this many times before it is taken for gone. */
const EXTENSIONS = 4;
/** Of the shutdown's time; the rest is for what comes afterwards. */
const DRAIN_SHARE = 0.7;

/** Runs the `@OnStream` methods of the app as members of their groups, from its start to its shutdown. */
@Injectable()
export class StreamConsumers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private members: readonly Member[] = [];
  private timers: NodeJS.Timeout[] = [];
  /** Replicas that start together look at different times. */
  private beats = Math.floor(Math.random() * BEATS_A_TIDYING);
  /** Until then what a process has left becomes due. */
  private looksAfterUntil = 0;
  private readonly logger = new Logger('Streams');

  constructor(
    private readonly settings: Settings,
    private readonly methods: DecoratedMethods,
    private readonly groups: GroupMembers,
    private readonly fleet: Fleet,
    private readonly retention: Retention,
  ) {}

  /** @throws ValidationFailedError for options that are not valid. A Redis that is away is waited for in the background. */
  onApplicationBootstrap(): void {
    this.members = this.methods
      .find<StreamSubscription, Parameters<StreamHandler>>(ON_STREAM)
      .map(({ noted, call }) => this.groups.make(noted, call));
    if (this.members.length === 0) return;
    this.fleet.onReady(() => this.comeBack());
    this.timers = this.members.map(({ consumer, ackTimeoutMs }) =>
      setInterval(() => void consumer.extend(), ackTimeoutMs / EXTENSIONS).unref(),
    );
    this.timers.push(setInterval(() => void this.beat(), BEAT_EVERY_MS).unref());
    void this.beat();
    for (const { consumer } of this.members) consumer.start();
  }

  /** No handler is cut, and nothing is delivered twice: what is in hand is finished and acknowledged. */
  async beforeApplicationShutdown(): Promise<void> {
    const timeoutMs = this.settings.shutdownTimeoutMs * DRAIN_SHARE;
    await Promise.all(this.members.map((member) => this.leave(member, timeoutMs)));
    for (const timer of this.timers) clearInterval(timer);
    this.members = [];
  }

  private async leave({ consumer, forget }: Member, timeoutMs: number): Promise<void> {
    forget();
    const unfinished = await consumer.stop(timeoutMs);
    const { stream, group } = consumer.store;
    if (unfinished > 0) this.logger.warn(`${stream} ${group}: ${unfinished} events are left to others`);
  }

  private async beat(): Promise<void> {
    this.beats += 1;
    // Redis is away: RedisClient has counted it, and the next beat asks again.
    const isGone = await this.fleet.beat().catch(() => false);
    const now = performance.now();
    const longest = Math.max(0, ...this.members.map(({ ackTimeoutMs }) => ackTimeoutMs));
    if (isGone) this.looksAfterUntil = now + longest + 2 * BEAT_EVERY_MS;
    // A Redis that was away has heard from nobody: their silence is no sign of death.
    const after = now > this.fleet.readySince + longest / 2;
    const looksAfter = now <= this.looksAfterUntil || this.beats % BEATS_A_TIDYING === 0;
    for (const { consumer } of this.members) {
      if (looksAfter) consumer.look({ after });
      else if (this.beats % BEATS_A_ROUND === 0) void this.glance(consumer, after);
      if (this.beats % BEATS_A_TIDYING === 0) this.tidy(consumer);
    }
  }

  /** The message that wakes a consumer can be lost. To ask whether there is anything costs a tenth of taking it. */
  private async glance(consumer: GroupConsumer, after: boolean): Promise<void> {
    if (await consumer.store.hasWork().catch(() => true)) consumer.look({ after });
  }

  private tidy({ store }: GroupConsumer): void {
    this.retention.check(store.stream);
    store
      .sweep(SWEEP_IDLE_MS)
      .catch((error: Error) => this.logger.debug(`no consumer was swept: ${error.message}`));
  }

  /** What is at work says so first, before anybody takes it for left. */
  private comeBack(): void {
    for (const { consumer } of this.members) {
      void consumer.extend();
      consumer.look();
    }
  }
}
