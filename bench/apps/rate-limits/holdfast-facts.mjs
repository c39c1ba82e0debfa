// What is not a matter of speed: what the keys of a used up limit take, and whether a refusal writes.
import { serveJobs } from '../common/driver.mjs';
import { decideUntil, startLimits } from './holdfast-limits.mjs';
import { ALGORITHMS } from './policies.mjs';

const LIMIT = 1000;
const DAY_MS = 86_400_000;
const SLIDE_WINDOW_MS = 1000;
const IN_FLIGHT = 64;
const FILLED = Array.from({ length: 16 }, (_, index) => `10.30.0.${index}`);
const SLIDING = ['10.40.0.1', '10.40.0.2'];

/** Names as short as `default`, which is what most keys end with. */
const NAMES = {
  'fixed-window': 'fixed',
  'sliding-window-log': 'log',
  'sliding-window-counter': 'counter',
  'token-bucket': 'token',
  'leaky-bucket': 'leaky',
};

const used = ALGORITHMS.map((algorithm) => ({
  name: NAMES[algorithm],
  algorithm,
  limit: LIMIT,
  windowMs: DAY_MS,
}));
const slid = used
  .filter(({ algorithm }) => algorithm.startsWith('sliding'))
  .map((policy) => ({ ...policy, name: `slid-${policy.name}`, windowMs: SLIDE_WINDOW_MS }));

const limits = await startLimits();
await decideUntil(limits, [{ policy: used[0], key: 'ready' }], true);
const reply = await limits.peek([{ policy: used[0], key: 'ready' }]);
if (reply.decisions[0].remaining !== LIMIT - 1) throw new Error('The first decision was not counted.');

/** Calls `operate` for as long as it says so, with 64 calls in flight. */
async function inLanes(operate) {
  let call = 0;
  const lane = async () => {
    while (await operate(call++));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** Uses every limit up, hit by hit. */
async function fill() {
  const pairs = FILLED.flatMap((key) => used.map((policy) => ({ policy, key })));
  await inLanes(async (call) => {
    const check = pairs[call % pairs.length];
    if (call >= pairs.length * LIMIT) return false;
    const { allowed } = await limits.decide([check]);
    if (!allowed) throw new Error(`${check.policy.name} refused hit ${call} of ${pairs.length * LIMIT}.`);
    return true;
  });
  return { keys: pairs.length, limit: LIMIT };
}

/** Refusals that Redis is asked for: no cost of a key is tried twice, or the refusal would be remembered. */
let refusals = 0;
async function refuse({ durationMs }) {
  const until = performance.now() + durationMs;
  const before = refusals;
  await inLanes(async () => {
    const number = refusals++;
    const policy = used[number % used.length];
    const place = Math.floor(number / used.length);
    const cost = 1 + (Math.floor(place / FILLED.length) % LIMIT);
    const key = FILLED[place % FILLED.length];
    const { allowed, chargedAt } = await limits.decide([{ policy, key, cost }]);
    if (allowed || chargedAt === undefined) throw new Error('A decision was no refusal by Redis.');
    return performance.now() < until && refusals < used.length * FILLED.length * LIMIT;
  });
  return { refusals: refusals - before };
}

/** One allowed decision. */
async function allow() {
  const { allowed, chargedAt } = await limits.decide([{ policy: used[0], key: 'another' }]);
  if (!allowed || chargedAt === undefined) throw new Error('A decision was not allowed by Redis.');
}

/** Overload of the sliding policies for some windows, as fast as it goes: their state is as large as it gets. */
async function slide({ durationMs }) {
  const until = performance.now() + durationMs;
  let allowedHits = 0;
  await inLanes(async (call) => {
    const check = { policy: slid[call % slid.length], key: SLIDING[(call >> 1) % SLIDING.length] };
    const { allowed } = await limits.decide([check]);
    if (allowed) allowedHits += 1;
    // A refusal would be answered from memory until the next hit leaves the window; other code has its turn.
    else await new Promise((resolve) => setImmediate(resolve));
    return performance.now() < until;
  });
  return { allowedHits };
}

serveJobs({ fill, refuse, allow, slide });
