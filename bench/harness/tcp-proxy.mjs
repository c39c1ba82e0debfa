// A process of its own between an arm and its Redis: counts, and delays each direction by a constant time.
// Arguments: the port of Redis, the delay of one direction in ms. Talks to proxy.mjs over IPC.
import { connect, createServer } from 'node:net';
import { DelayLine } from './delay-line.mjs';
import { RespCommandReader } from './resp-commands.mjs';
import { percentile } from './stats.mjs';

const [redisPort, delayMs] = process.argv.slice(2).map(Number);
const countCommands = process.argv[4] === 'count-commands';
const line = delayMs > 0 ? new DelayLine(delayMs) : undefined;

const counters = { roundTrips: 0, bytesToRedis: 0, bytesFromRedis: 0, connections: 0, commands: {} };

/**
 * A client that sends after an answer reached it has waited for that answer: that is a new round trip. All connections
 * are counted as one link, so commands sent side by side on two connections share a round trip.
 */
let answerDelivered = true;

function onRequest(chunk, reader) {
  if (answerDelivered) counters.roundTrips += 1;
  answerDelivered = false;
  counters.bytesToRedis += chunk.length;
  if (!countCommands) return;
  for (const name of reader.read(chunk)) counters.commands[name] = (counters.commands[name] ?? 0) + 1;
}

/** Sends on what one side sends, after the delay, and holds the sender while the receiver is full. */
function forward(from, to, { onArrival, onDelivery }) {
  const deliver = (chunk) => {
    onDelivery(chunk);
    if (to.writable && !to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };
  from.on('data', (chunk) => {
    onArrival(chunk);
    if (line) line.push(() => deliver(chunk));
    else deliver(chunk);
  });
  from.on('end', () => (line ? line.push(() => to.end()) : to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), 100));
}

const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  counters.connections += 1;
  const redis = connect({ port: redisPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const reader = new RespCommandReader();
  forward(client, redis, { onArrival: (chunk) => onRequest(chunk, reader), onDelivery: () => {} });
  forward(redis, client, {
    onArrival: (chunk) => (counters.bytesFromRedis += chunk.length),
    onDelivery: () => (answerDelivered = true),
  });
});

function latenessSummary() {
  const sorted = [...(line?.lateness ?? [])].sort((a, b) => a - b);
  return { samples: sorted.length, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

process.on('message', ({ id, kind }) => {
  if (kind === 'snapshot') process.send({ id, ...counters, commands: { ...counters.commands } });
  if (kind === 'lateness') process.send({ id, ...latenessSummary() });
  if (kind === 'forget' && line) line.lateness = [];
  if (kind === 'forget') process.send({ id });
});
process.on('disconnect', () => process.exit());

await line?.calibrate();
server.listen(0, '127.0.0.1', () => process.send({ ready: true, port: server.address().port }));
