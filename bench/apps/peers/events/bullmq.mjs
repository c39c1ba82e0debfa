// BullMQ: addBulk, and a worker at concurrency 100. Jobs that are done are removed, as entries of a stream are not needed then.
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { serveEvents } from '../../events/workload.mjs';

const CONCURRENCY = 100;
const NAME = 'bench';
const connection = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const opts = { removeOnComplete: true };
const queue = new Queue(NAME, { connection });
const handle = serveEvents({
  publish: (events) => queue.addBulk(events.map((data) => ({ name: 'event', data, opts }))),
  publishOne: (event) => queue.add('event', event, opts),
});
if (process.env.STREAMS) {
  const worker = new Worker(NAME, async ({ data }) => handle(data), { connection, concurrency: CONCURRENCY });
  await worker.waitUntilReady();
}
