import { parseArgs } from 'node:util';

/**
 * @typedef {object} Options
 * @property {string} scenario
 * @property {boolean} list
 * @property {number} rounds
 * @property {number} durationMs of one measurement
 * @property {number} warmUpMs
 * @property {number} connections of the closed loop
 * @property {number} rate requests a second of the paced loop
 * @property {number} redisDelayMs one direction of the Redis link in the second table; 0 leaves that table out
 * @property {boolean} profile write a CPU profile of every arm's process and show where its time goes
 * @property {string[]} arms names; empty for all that are not optional
 */

/** Fewer rounds than this give a preliminary result. */
export const ROUNDS_OF_A_RESULT = 5;
const SECONDS_OF_A_RESULT = 5;

/** Whether a run of a load is for looking only. */
export function isPreliminary({ rounds, durationMs }) {
  return rounds < ROUNDS_OF_A_RESULT || durationMs < SECONDS_OF_A_RESULT * 1000;
}

export const USAGE = `npm run bench -- --scenario <name> [options]

  --list                show the scenarios and their arms
  --rounds <n>          rounds of each arm (5; fewer are marked as preliminary)
  --duration <s>        seconds of each measurement (6)
  --warmup <s>          seconds of load before it (4)
  --connections <n>     connections of the load (64)
  --rate <n>            requests a second of the paced latency run (1000)
  --redis-delay <ms>    delay of each direction of the Redis link in the second table (0.5; 0: no second table)
  --arms <a,b>          only these arms, optional ones included
  --profile             a CPU profile of each arm, and where its time goes (slows the arms: never a result)`;

/** @param {string[]} argv @returns {Options} */
export function readOptions(argv) {
  const text = { type: 'string' };
  const { values } = parseArgs({
    args: argv,
    options: {
      scenario: text,
      list: { type: 'boolean' },
      help: { type: 'boolean' },
      rounds: { ...text, default: String(ROUNDS_OF_A_RESULT) },
      duration: { ...text, default: '6' },
      warmup: { ...text, default: '4' },
      connections: { ...text, default: '64' },
      rate: { ...text, default: '1000' },
      'redis-delay': { ...text, default: '0.5' },
      arms: { ...text, default: '' },
      profile: { type: 'boolean' },
    },
  });
  return {
    scenario: values.help ? '' : (values.scenario ?? ''),
    list: values.list === true,
    rounds: within('rounds', values.rounds, 1, 50),
    durationMs: within('duration', values.duration, 0.5, 600) * 1000,
    warmUpMs: within('warmup', values.warmup, 0.5, 120) * 1000,
    connections: within('connections', values.connections, 1, 1000),
    rate: within('rate', values.rate, 1, 50_000),
    redisDelayMs: within('redis-delay', values['redis-delay'], 0, 100),
    profile: values.profile === true,
    arms: values.arms.split(',').filter(Boolean),
  };
}

function within(name, text, min, max) {
  const value = Number(text);
  if (!(value >= min && value <= max)) throw new Error(`--${name} must be ${min} to ${max}.`);
  return value;
}
