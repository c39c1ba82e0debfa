// The load generator, in a process of its own. Takes one job after another over IPC; see load.mjs for their shapes.
import { createRequire } from 'node:module';
import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './stats.mjs';

const autocannon = createRequire(import.meta.url)('autocannon');

/** As many requests as the connections can carry, each sent as soon as the one before it was answered. */
async function closedLoop({ url, connections, durationMs, headers }) {
  const times = [];
  const cpu = process.cpuUsage();
  let client = 0;
  const run = autocannon({
    url,
    connections,
    duration: durationMs / 1000,
    timeout: 10,
    setupClient: (connection) => connection.setHeaders(headers[client++ % headers.length]),
  });
  run.on('response', (_connection, status, _bytes, timeMs) => status === 200 && times.push(timeMs));
  const from = performance.now();
  const result = await run;
  const seconds = (performance.now() - from) / 1000;
  return { times, seconds, failures: result.non2xx + result.errors + result.timeouts, cpu };
}

/** How long the paced load runs before its answers count: its connections open and its own code gets compiled. */
const PACED_WARM_UP_MS = 2000;

/** A fixed number of requests a second, sent by the clock whether or not earlier ones were answered. */
async function pacedLoop({ url, rate, connections, durationMs, headers }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const load = { url, agent, rate, headers };
  await sendByClock({ ...load, durationMs: PACED_WARM_UP_MS });
  const cpu = process.cpuUsage();
  const from = performance.now();
  const outcome = await sendByClock({ ...load, durationMs });
  agent.destroy();
  return { ...outcome, seconds: (performance.now() - from) / 1000, cpu };
}

async function sendByClock({ url, agent, rate, headers, durationMs }) {
  const total = Math.floor((rate * durationMs) / 1000);
  const times = [];
  let failures = 0;
  const requests = [];
  const from = performance.now();
  while (requests.length < total) {
    const due = Math.min(total, ((performance.now() - from) / 1000) * rate);
    while (requests.length < due) {
      const request = timedGet(url, agent, headers[requests.length % headers.length]);
      requests.push(
        request.then(
          (timeMs) => times.push(timeMs),
          () => (failures += 1),
        ),
      );
    }
    await sleep(1);
  }
  await Promise.all(requests);
  return { times, failures };
}

function timedGet(url, agent, headers) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers, timeout: 10_000 }, (response) => {
      response.on('end', () => (response.statusCode === 200 ? resolve(performance.now() - from) : reject()));
      response.on('error', reject).resume();
    });
    request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', reject);
  });
}

function summary({ times, seconds, failures, cpu }) {
  const sorted = times.sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(cpu);
  return {
    requests: sorted.length,
    perSecond: sorted.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: sorted.at(-1) ?? NaN,
    failures,
    loadCpuShare: (user + system) / 1e6 / seconds,
  };
}

process.on('message', async ({ id, kind, ...job }) => {
  const raw = kind === 'paced' ? await pacedLoop(job) : await closedLoop(job);
  process.send({ id, ...summary(raw) });
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
