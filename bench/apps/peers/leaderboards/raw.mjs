// The raw commands by the ioredis that redis-rank is given.
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { rawBoards } from '../../leaderboards/raw-boards.mjs';
import { serveBoards } from '../../leaderboards/workload.mjs';

const client = new Redis(process.env.REDIS_URL, { enableAutoPipelining: true });
await once(client, 'ready');
serveBoards(rawBoards(client));
