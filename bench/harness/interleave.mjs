import { measureDriverRound, profileDriverArm } from './driver-round.mjs';
import { measureHttpRound, profileHttpArm } from './http-round.mjs';
import { pingMs, startProxy } from './proxy.mjs';
import { step } from './progress.mjs';
import { startRedis } from './redis-server.mjs';

const isDriver = (arm) => arm.kind === 'driver';

/** The link profile of every arm that talks to Redis, by its name. */
export async function profileArms(scenario, arms) {
  const profiles = {};
  for (const arm of arms.filter(({ usesRedis = true }) => usesRedis)) {
    step(`${scenario.name}: counting what one operation of ${arm.name} sends to Redis`);
    profiles[arm.name] = isDriver(arm) ? await profileDriverArm(arm) : await profileHttpArm(arm, scenario);
  }
  return profiles;
}

/**
 * Runs the arms one after another, round by round, so that a slow minute of the machine falls on all of them.
 *
 * @param {import('./options.mjs').Options} options
 * @param {{ delayMs: number, oneWayMs: number }} link the delay in words, and what to start its proxy with
 * @returns {Promise<Record<string, object[]>>} the rounds of each arm, by its name
 */
export async function measureInterleaved(scenario, arms, options, link, load) {
  const rounds = Object.fromEntries(arms.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const arm of arms) {
      const where = link.delayMs > 0 ? `, Redis ${link.delayMs} ms away` : '';
      step(`${scenario.name}${where}: round ${round}/${options.rounds}, ${arm.name}`);
      const measure = isDriver(arm)
        ? measureDriverRound(arm, options, link.oneWayMs)
        : measureHttpRound(arm, scenario, options, link.oneWayMs, load);
      rounds[arm.name].push(await measure);
    }
  }
  return rounds;
}

const CALIBRATIONS = 2;

/**
 * How long a PING takes directly, through the proxy without a delay, and through the delaying one. What the proxy
 * adds beyond the asked delay is taken off it, by PINGs, so `oneWayMs` is what to start a proxy with.
 */
export async function measureLink(delayMs) {
  const redis = await startRedis();
  const stops = [redis.stop];
  const through = async (oneWayMs) => {
    const proxy = await startProxy(redis.port, { delayMs: oneWayMs });
    stops.push(proxy.stop);
    return await pingMs(proxy.port);
  };
  try {
    const direct = await pingMs(redis.port);
    if (delayMs === 0) return { direct, oneWayMs: 0 };
    const throughProxy = await through(0);
    let oneWayMs = delayMs;
    for (let round = 0; round < CALIBRATIONS; round += 1) {
      const added = (await through(oneWayMs)).median - direct.median;
      oneWayMs = Math.max(0.05, oneWayMs - (added / 2 - delayMs));
    }
    return { direct, throughProxy, oneWayMs, delayed: await through(oneWayMs) };
  } finally {
    for (const stop of stops) await stop();
  }
}
