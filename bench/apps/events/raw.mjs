// What Redis itself allows: XADD in pipelines, XREADGROUP of 200 on a connection that blocks, one XACK for each read. ENVELOPE: each
// event is a CloudEvent, as those of Holdfast are.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { serveEvents } from './workload.mjs';

const STREAM = 'bench';
const GROUP = 'bench';
const COUNT = 200;

const commands = new Redis(process.env.REDIS_URL);
const isEnveloped = process.env.ENVELOPE !== undefined;

const inEnvelope = (data) => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/v1/streams/stream-0',
  type: 'bench',
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data,
});

const text = (event) => JSON.stringify(isEnveloped ? inEnvelope(event) : event);
const parse = (written) => (isEnveloped ? JSON.parse(written).data : JSON.parse(written));
const handle = serveEvents({
  publish: (events) => {
    const pipeline = commands.pipeline();
    for (const event of events) pipeline.xadd(STREAM, '*', 'e', text(event));
    return pipeline.exec();
  },
  publishOne: (event) => commands.xadd(STREAM, '*', 'e', text(event)),
});

if (process.env.STREAMS) {
  const reader = new Redis(process.env.REDIS_URL);
  await reader.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM');
  for (;;) {
    const read = await reader.xreadgroup(
      'GROUP',
      GROUP,
      'c',
      'COUNT',
      COUNT,
      'BLOCK',
      1000,
      'STREAMS',
      STREAM,
      '>',
    );
    if (!read) continue;
    const ids = [];
    for (const [id, [, event]] of read[0][1]) {
      handle(parse(event));
      ids.push(id);
    }
    commands.xack(STREAM, GROUP, ...ids);
  }
}
