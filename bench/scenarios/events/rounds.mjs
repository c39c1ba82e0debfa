// One process publishes and one handles, on a fresh Redis; and a fleet that has nothing to do.
import { setTimeout as sleep } from 'node:timers/promises';
import { startDriver } from '../../harness/driver-round.mjs';
import { step } from '../../harness/progress.mjs';
import { commandCounts } from '../../harness/redis-stats.mjs';
import { withStand } from '../../harness/stand.mjs';
import { distribution, summarize } from '../../harness/stats.mjs';

const WARM_UP_EVENTS = 20_000;
const PATIENCE_MS = 300_000;
export const RATE = 2000;
const IDLE = { streams: 50, replicas: 3, settleMs: 5000 };

/** @returns {Promise<Record<string, object>>} by arm */
export async function measureRounds(arms, { rounds, durationMs }) {
  const measured = Object.fromEntries(arms.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const arm of arms) {
      step(`events: round ${round}/${rounds}, ${arm.name}`);
      measured[arm.name].push(await withPair(arm, (pair) => measureRound(arm, pair, durationMs)));
    }
  }
  return Object.fromEntries(Object.entries(measured).map(([name, list]) => [name, summarizeRounds(list)]));
}

async function measureRound(arm, { producer, consumer }, durationMs) {
  await endToEnd(WARM_UP_EVENTS, producer, consumer);
  const before = await roundTrips(producer, consumer);
  const perSecond = await endToEnd(arm.events, producer, consumer);
  const trips = ((await roundTrips(producer, consumer)) - before) / arm.events;
  const events = (RATE * durationMs) / 1000;
  // The first second is not measured: at this rate nothing was compiled yet.
  await paced(RATE, producer, consumer);
  return { perSecond, trips, latencies: await paced(events, producer, consumer) };
}

/** @returns {Promise<number>} events a second, from the first call to the last handler */
async function endToEnd(events, producer, consumer) {
  const handled = consumer.job('await', { events, durationMs: PATIENCE_MS });
  const { startedAt } = await producer.job('produce', { events, durationMs: PATIENCE_MS });
  const { endedAt } = await handled;
  return events / ((endedAt - startedAt) / 1000);
}

async function paced(events, producer, consumer) {
  const handled = consumer.job('await', { events, durationMs: PATIENCE_MS });
  await producer.job('pace', { rate: RATE, events, durationMs: PATIENCE_MS });
  return (await handled).latencies;
}

async function roundTrips(...processes) {
  const each = await Promise.all(processes.map((one) => one.job('roundTrips')));
  return each.reduce((sum, { value }) => sum + (value ?? NaN), 0);
}

function summarizeRounds(rounds) {
  const latencies = rounds.map(({ latencies: of }) => distribution(of));
  return {
    perSecond: summarize(rounds.map(({ perSecond }) => perSecond)),
    trips: summarize(rounds.map(({ trips }) => trips)),
    p50Ms: summarize(latencies.map(({ p50Ms }) => p50Ms)),
    p99Ms: summarize(latencies.map(({ p99Ms }) => p99Ms)),
    maxMs: summarize(latencies.map(({ maxMs }) => maxMs)),
  };
}

const withPair = (arm, use) =>
  withStand(
    {},
    (redisUrl) => startAll(redisUrl, [consuming(arm, 1), arm]),
    ({ subject: { members } }) => use({ consumer: members[0], producer: members[1] }),
  );

const consuming = (arm, streams) => ({ ...arm, env: { ...arm.env, STREAMS: String(streams) } });

async function startAll(redisUrl, arms) {
  const members = [];
  const stop = async () => {
    await Promise.all(members.map((member) => member.stop()));
  };
  try {
    for (const arm of arms) members.push(await startDriver(arm, redisUrl));
  } catch (error) {
    await stop();
    throw error;
  }
  return { members, stop };
}

/** What three replicas that consume fifty streams ask of Redis while nothing happens. */
export async function measureIdle(arm, durationMs) {
  const { streams, replicas, settleMs } = IDLE;
  const fleet = Array.from({ length: replicas }, () => consuming(arm, streams));
  step(`events: ${replicas} replicas with ${streams} streams that are idle`);
  return await withStand(
    {},
    (redisUrl) => startAll(redisUrl, fleet),
    async ({ redis: { client } }) => {
      await sleep(settleMs);
      const before = await commandCounts(client);
      await sleep(durationMs);
      const after = await commandCounts(client);
      const names = Object.keys(after);
      const perSecond = (some) =>
        some.reduce((sum, name) => sum + after[name] - (before[name] ?? 0), 0) / (durationMs / 1000);
      const clients =
        (await client.client('LIST', 'TYPE', 'NORMAL')) + (await client.client('LIST', 'TYPE', 'PUBSUB'));
      // The bench looks through one of its own.
      const connections = clients.trim().split('\n').length - 1;
      return {
        ...IDLE,
        durationMs,
        commands: perSecond(names),
        scripts: perSecond(names.filter((name) => name.startsWith('eval'))),
        connections: connections / replicas,
      };
    },
  );
}
