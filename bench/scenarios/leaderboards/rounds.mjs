import { measureClosed } from '../../harness/closed-measure.mjs';
import { startDriver } from '../../harness/driver-round.mjs';
import { measureLink } from '../../harness/interleave.mjs';
import { PROFILED_LINK, profileLink } from '../../harness/link-profile.mjs';
import { summarizeArm } from '../../harness/measure-table.mjs';
import { step } from '../../harness/progress.mjs';
import { startProxy } from '../../harness/proxy.mjs';
import { summarize } from '../../harness/stats.mjs';
import { rowOf } from './arms.mjs';

/** A process carries all operations in turn, so each of them warms it up for a part of the time only. */
const WARM_UP_SHARE = 1 / 4;
/** One at a time with Redis further away, little but the distance is measured. */
const ALONE_SHARE = 1 / 6;

/** What one operation sends to Redis, by `rowOf`. */
export async function profileBoards(boards, operations) {
  const profiles = {};
  for (const board of boards) {
    const { arm, redis } = board;
    await withDrivers([board], PROFILED_LINK, async ([{ subject, proxy }]) => {
      for (const operation of operations) {
        step(`leaderboards: counting what one ${operation} of ${arm.name} sends to Redis`);
        const operate = async () => {
          const { value } = await subject.job('once', { operation });
          if (!value) throw new Error(`${operation} of ${arm.name} failed.`);
        };
        profiles[rowOf(operation, arm.name)] = await profileLink({ redis, proxy }, operate);
      }
    });
  }
  return profiles;
}

/** Many in flight, Redis on loopback. */
export async function measureLoaded(boards, operations, options) {
  const { connections: inFlight, durationMs } = options;
  const link = await measureLink(0);
  const rounds = await interleave(
    { boards, operations, options, link: {} },
    async ({ stand, operation }) => ({
      closed: await measureClosed(stand, () => stand.subject.loop({ operation, inFlight, durationMs })),
    }),
  );
  return { redisDelayMs: 0, link, arms: mapValues(rounds, summarizeArm) };
}

/** One at a time, Redis further away. */
export async function measureFarAway(boards, operations, options) {
  const { durationMs, redisDelayMs } = options;
  const link = await measureLink(redisDelayMs);
  const where = { boards, operations, options, link: { delayMs: link.oneWayMs } };
  const rounds = await interleave(where, ({ stand, operation }) =>
    stand.subject.loop({ operation, inFlight: 1, durationMs: durationMs * ALONE_SHARE }),
  );
  const of = (list, field) => summarize(list.map((round) => round[field]));
  const arms = mapValues(rounds, (list) => ({
    p50Ms: of(list, 'p50Ms'),
    p99Ms: of(list, 'p99Ms'),
    failures: list.reduce((sum, { failures }) => sum + failures, 0),
  }));
  return { redisDelayMs, link, arms };
}

/**
 * Every round has new processes, one an arm. The arms take turns within each operation, so that a slow minute of the
 * machine falls on all of them.
 *
 * @returns {Promise<Record<string, object[]>>} the rounds, by `rowOf`
 */
async function interleave({ boards, operations, options, link }, measure) {
  const rounds = {};
  const warmUp = { inFlight: options.connections, durationMs: options.warmUpMs * WARM_UP_SHARE };
  for (let round = 1; round <= options.rounds; round += 1) {
    await withDrivers(boards, link, async (stands) => {
      for (const operation of operations) {
        for (const stand of stands) {
          const far = link.delayMs ? `, Redis ${options.redisDelayMs} ms away` : '';
          step(`leaderboards${far}: round ${round}/${options.rounds}, ${operation}, ${stand.arm.name}`);
          await stand.subject.loop({ operation, ...warmUp });
          (rounds[rowOf(operation, stand.arm.name)] ??= []).push(await measure({ stand, operation }));
        }
      }
    });
  }
  return rounds;
}

/** A new process for each board that was loaded, and a proxy before its Redis if the link asks for one. */
async function withDrivers(boards, link, use) {
  const stops = [];
  const stands = [];
  try {
    for (const { arm, redis, content } of boards) {
      const proxy = link.delayMs ? await startProxy(redis.port, link) : undefined;
      if (proxy) stops.push(proxy.stop);
      const subject = await startDriver(arm, (proxy ?? redis).url);
      stops.push(subject.stop);
      await subject.job('open', content);
      stands.push({ arm, redis, proxy, subject });
    }
    return await use(stands);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
