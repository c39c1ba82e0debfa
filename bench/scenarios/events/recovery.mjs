// Consumers are killed while one of their group is at work on one event for two minutes.
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../../apps/common/clock.mjs';
import { startDriver } from '../../harness/driver-round.mjs';
import { step } from '../../harness/progress.mjs';
import { withStand } from '../../harness/stand.mjs';

/** What a process that is killed has in its hands: all of one call that publishes. */
const EVENTS = 200;
const SLOW_MS = 120_000;
const PATIENCE_MS = 60_000;
const FOREVER_MS = 86_400_000;

/**
 * How long after a kill -9 another process of the group has been given all that the dead one had; and how often an event is given
 * to anybody whose handler takes two minutes meanwhile.
 */
export async function measureRecovery(arm, rounds) {
  return await withStand(
    {},
    (redisUrl) => new Group(arm, redisUrl).begin(),
    async ({ subject: group }) => {
      const recoveryMs = [];
      for (let round = 1; round <= rounds; round += 1) {
        step(`events: kill ${round}/${rounds} beside a handler of ${SLOW_MS / 1000} s`);
        recoveryMs.push(await group.killOne());
      }
      step('events: the end of the slow handler');
      return { events: EVENTS, slowMs: SLOW_MS, recoveryMs, slowDeliveries: await group.slowDeliveries() };
    },
  );
}

class Group {
  members = [];
  /** It is called without its group. */
  stop = () => Promise.all(this.members.map((member) => member.stop()));
  /** Deliveries to those who have gone, beyond what they were to take over. */
  surplus = 0;

  constructor(arm, redisUrl) {
    this.arm = arm;
    this.redisUrl = redisUrl;
  }

  async begin() {
    this.slow = await this.join({ HOLD_MS: String(SLOW_MS), CONCURRENCY: '1' });
    this.producer = await this.join({ STREAMS: '0' });
    const begun = this.slow.job('await', { events: 1, durationMs: PATIENCE_MS });
    await this.producer.job('pace', { rate: 1000, events: 1, durationMs: PATIENCE_MS });
    await begun;
    this.slowUntil = nowMs() + SLOW_MS;
    return this;
  }

  async killOne() {
    const victim = await this.join({ HOLD_MS: String(FOREVER_MS) });
    const held = victim.job('await', { events: EVENTS, durationMs: PATIENCE_MS });
    await this.producer.job('produce', { events: EVENTS, durationMs: PATIENCE_MS });
    await held;
    const heir = await this.join({});
    const handled = heir.job('await', { events: EVENTS, durationMs: PATIENCE_MS });
    const killedAt = nowMs();
    process.kill(victim.pid, 'SIGKILL');
    const { endedAt } = await handled;
    this.surplus += (await heir.job('handled')).value - EVENTS;
    await Promise.all([heir.stop(), victim.stop()]);
    return endedAt - killedAt;
  }

  /** Once it has ended, and another process could have had it. */
  async slowDeliveries() {
    const other = await this.join({});
    await sleep(Math.max(0, this.slowUntil - nowMs()) + PATIENCE_MS / 6);
    const [own, others] = await Promise.all([this.slow.job('handled'), other.job('handled')]);
    return own.value + others.value + this.surplus;
  }

  async join(env) {
    const member = await startDriver(
      { ...this.arm, env: { ...this.arm.env, STREAMS: '1', ...env } },
      this.redisUrl,
    );
    this.members.push(member);
    return member;
  }
}
