// LOCKS: which of the peers' locks. AUTO_PIPELINING=1: as the arm says.
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { serveLocks } from '../../locks/workload.mjs';

const client = new Redis(process.env.REDIS_URL, {
  enableAutoPipelining: process.env.AUTO_PIPELINING === '1',
});
await once(client, 'ready');
const { locksOn } = await import(`./${process.env.LOCKS}.mjs`);
await serveLocks(locksOn(client));
