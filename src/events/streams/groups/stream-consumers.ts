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
import { GroupMembers } from './group-members.js';
import type { Member } from './member.js';

const BEAT_EVERY_MS = 2000;
/** Beats after which every group is glanced at, whatever was heard. */
const BEATS_A_ROUND = 10;
/** Beats after which every group is taken from and tidied, whatever there is. */
const BEATS_A_TIDYING = 100;
/** A consumer asks more often than that. */
const SWEEP_IDLE_MS = 600_000;
/** Of the shutdown's time; the rest is for what comes afterwards. */
const DRAIN_SHARE = 0.7;

/** What handles a stream in this app. */
export interface StreamHandling extends StreamSubscription {
  /** `Class.method`, or whatever tells it from others. */
  readonly name: string;
}

/** Runs the handlers of streams in the app as members of their groups, from its start to its shutdown. */
@Injectable()
export class StreamConsumers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly members = new Map<Member, StreamHandling>();
  private isStarted = false;
  private beating?: NodeJS.Timeout;
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

  /** @throws ValidationFailedError for options that are not valid. */
  onApplicationBootstrap(): void {
    const methods = this.methods.find<StreamSubscription, Parameters<StreamHandler>>(ON_STREAM);
    for (const { name, noted, call } of methods) this.add({ ...noted, name }, call);
    this.isStarted = true;
    for (const member of this.members.keys()) this.begin(member);
  }

  /**
   * Makes a handler a member of its group. It begins with the app, or now if that has started; a Redis that is away is waited for
   * in the background.
   *
   * @returns what ends it: nothing more is taken, what is in hand is finished and acknowledged. The shutdown does so as well.
   * @throws ValidationFailedError for options that are not valid.
   */
  add(handling: StreamHandling, handler: StreamHandler): () => Promise<void> {
    const member = this.groups.make(handling, handler);
    this.members.set(member, handling);
    if (this.isStarted) this.begin(member);
    return () => this.leave(member);
  }

  /** All that handle streams now. */
  get handling(): readonly StreamHandling[] {
    return [...this.members.values()];
  }

  /** No handler is cut, and nothing is delivered twice. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.members.keys()].map((member) => this.leave(member)));
    clearInterval(this.beating);
  }

  private begin(member: Member): void {
    if (!this.beating) {
      this.fleet.onReady(() => this.comeBack());
      this.beating = setInterval(() => void this.beat(), BEAT_EVERY_MS).unref();
      void this.beat();
    }
    member.begin();
  }

  private async leave(member: Member): Promise<void> {
    const unfinished = await member.leave(this.settings.shutdownTimeoutMs * DRAIN_SHARE);
    // Whoever came first has told it.
    if (!this.members.delete(member) || unfinished === 0) return;
    const { stream, group } = member.consumer.store;
    this.logger.warn(`${stream} ${group}: ${unfinished} events are left to others`);
  }

  private async beat(): Promise<void> {
    this.beats += 1;
    // Redis is away: RedisClient has counted it, and the next beat asks again.
    const isGone = await this.fleet.beat().catch(() => false);
    const now = performance.now();
    const longest = Math.max(0, ...Array.from(this.members.keys(), ({ ackTimeoutMs }) => ackTimeoutMs));
    if (isGone) this.looksAfterUntil = now + longest + 2 * BEAT_EVERY_MS;
    // A Redis that was away has heard from nobody: their silence is no sign of death.
    const after = now > this.fleet.readySince + longest / 2;
    const looksAfter = now <= this.looksAfterUntil || this.beats % BEATS_A_TIDYING === 0;
    for (const { consumer } of this.members.keys()) {
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
    for (const { consumer } of this.members.keys()) {
      void consumer.extend();
      consumer.look();
    }
  }
}
