// The floor: the commands that an operation needs, as ioredis sends them, their replies as they come.
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { serveBoards } from './workload.mjs';

const client = new Redis(process.env.REDIS_URL, {
  enableAutoPipelining: process.env.AUTO_PIPELINING === '1',
});
await once(client, 'ready');

/** The last reply of a pipeline in which nothing may fail. */
async function replies(pipeline) {
  return (await pipeline.exec()).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

const rankOf = async (pipeline) => (await replies(pipeline)).at(-1) + 1;

function entries(reply) {
  const list = [];
  for (let at = 0; at < reply.length; at += 2) list.push({ member: reply[at], score: Number(reply[at + 1]) });
  return list;
}

/** The neighbours need the rank first: two round trips. */
async function neighbours(key, member, radius) {
  const rank = await client.zrevrank(key, member);
  const first = Math.max(0, rank - radius);
  const reply = await client.zrevrange(key, first, first + 2 * radius, 'WITHSCORES');
  const isWhole = reply.length === 2 * (2 * radius + 1);
  return isWhole ? reply : client.zrevrange(key, -(2 * radius + 1), -1, 'WITHSCORES');
}

serveBoards(async (name, windows) => {
  const keys = windows.map((window) => `${name}:${window}`);
  const [key] = keys;
  return {
    load: (list) => {
      const scores = list.flatMap(({ member, score }) => [score, member]);
      return Promise.all(keys.map((each) => client.zadd(each, ...scores)));
    },
    submit: (member, score) => {
      const pipeline = client.pipeline();
      for (const each of keys) pipeline.zadd(each, 'GT', 'CH', score, member);
      return rankOf(pipeline.zrevrank(key, member));
    },
    increment: (member, by) => rankOf(client.pipeline().zincrby(key, by, member).zrevrank(key, member)),
    top: (count) => client.zrevrange(key, 0, count - 1, 'WITHSCORES'),
    member: (member) => replies(client.pipeline().zrevrank(key, member).zscore(key, member).zcard(key)),
    neighbours: (member, radius) => neighbours(key, member, radius),
    size: (reply) => reply.length / 2,
    entries,
    standing: ([rank, score, total]) => ({ rank: rank + 1, score: Number(score), total }),
  };
});
