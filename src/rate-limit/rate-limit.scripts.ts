import { defineScript } from '../redis/index.js';

const ALGORITHMS = [
  'algorithms/lua/names.lua',
  'algorithms/lua/fixed-window.lua',
  'algorithms/lua/integer-window.lua',
  'algorithms/lua/log-state.lua',
  'algorithms/lua/sliding-window-log.lua',
  'algorithms/lua/counter-state.lua',
  'algorithms/lua/sliding-window-counter.lua',
  'algorithms/lua/bucket.lua',
  'algorithms/lua/check.lua',
];

/** The integers of a reply, which comes as text: a client reads one string in a fraction of the time of a list. */
const integers = (raw: unknown): number[] => JSON.parse(`[${raw as string}]`) as number[];

const TIME_BYTES = 6;
const CHECK_BYTES = 25;

/** The same of decide.lua's bytes, which cost both sides less than text: the time, and five of each check. */
function decidedIntegers(bytes: Buffer): number[] {
  const integers = [bytes.readUIntBE(0, TIME_BYTES)];
  for (let at = TIME_BYTES; at < bytes.length; at += CHECK_BYTES) {
    integers.push(bytes[at], bytes.readUIntBE(at + 1, 6), bytes.readUIntBE(at + 7, 6));
    integers.push(bytes.readUIntBE(at + 13, 6), bytes.readUIntBE(at + 19, 6));
  }
  return integers;
}

export const decide = defineScript({
  name: 'rate-limit.decide',
  directory: __dirname,
  includes: [...ALGORITHMS, 'algorithms/lua/request.lua'],
  keys: [],
  args: ['policies'],
  isBinary: true,
  reply: (raw) => decidedIntegers(raw as Buffer),
});

export const refund = defineScript({
  name: 'rate-limit.refund',
  directory: __dirname,
  includes: ALGORITHMS,
  keys: [],
  args: ['channel'],
  reply: integers,
});

export const reset = defineScript({
  name: 'rate-limit.reset',
  directory: __dirname,
  keys: ['counter'],
  args: ['channel'],
  reply: (raw) => raw === 1,
});

export const heartbeat = defineScript({
  name: 'rate-limit.heartbeat',
  directory: __dirname,
  keys: ['replicas'],
  args: ['replica', 'lifeMs'],
  reply: (raw) => raw as number,
});

export const leave = defineScript({
  name: 'rate-limit.leave',
  directory: __dirname,
  keys: ['replicas'],
  args: ['replica'],
  reply: (raw) => raw === 1,
});

export const putPolicy = defineScript({
  name: 'rate-limit.put-policy',
  directory: __dirname,
  keys: ['policies'],
  args: ['name', 'policy', 'channel'],
  reply: (raw) => raw === 1,
});

export const deletePolicy = defineScript({
  name: 'rate-limit.delete-policy',
  directory: __dirname,
  keys: ['policies'],
  args: ['name', 'channel'],
  reply: (raw) => raw === 1,
});
