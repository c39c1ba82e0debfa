// The raw commands by the ioredis that Holdfast has.
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { rawBoards } from './raw-boards.mjs';
import { serveBoards } from './workload.mjs';

const client = new Redis(process.env.REDIS_URL, { enableAutoPipelining: true });
await once(client, 'ready');
serveBoards(rawBoards(client));
