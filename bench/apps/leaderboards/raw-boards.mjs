/**
 * The floor: the commands that an operation needs, sent side by side, with their replies as they come. The client makes one
 * write of them by auto-pipelining, which was measured to be faster than a pipeline for each operation.
 *
 * @returns {import('./workload.mjs').OpenBoard}
 */
export const rawBoards = (client) => async (name, windows) => {
  const keys = windows.map((window) => `${name}:${window}`);
  const [key] = keys;
  return {
    load: (list) => {
      const scores = list.flatMap(({ member, score }) => [score, member]);
      return Promise.all(keys.map((each) => client.zadd(each, ...scores)));
    },
    submit: async (member, score) => {
      const writes = keys.map((each) => client.zadd(each, 'GT', 'CH', score, member));
      return rankAfter(writes, client.zrevrank(key, member));
    },
    increment: (member, by) => rankAfter([client.zincrby(key, by, member)], client.zrevrank(key, member)),
    top: (count) => client.zrevrange(key, 0, count - 1, 'WITHSCORES'),
    member: (member) =>
      Promise.all([client.zrevrank(key, member), client.zscore(key, member), client.zcard(key)]),
    neighbours: (member, radius) => neighbours(client, key, member, radius),
    totals: () => Promise.all(keys.map((each) => client.zcard(each))),
    size: (reply) => reply.length / 2,
    entries,
    standing: ([rank, score, total]) => ({ rank: rank + 1, score: Number(score), total }),
  };
};

async function rankAfter(writes, rank) {
  await Promise.all(writes);
  return (await rank) + 1;
}

/** The rank first, then those around it: two round trips. */
async function neighbours(client, key, member, radius) {
  const first = Math.max(0, (await client.zrevrank(key, member)) - radius);
  const reply = await client.zrevrange(key, first, first + 2 * radius, 'WITHSCORES');
  const isWhole = reply.length === 2 * (2 * radius + 1);
  return isWhole ? reply : client.zrevrange(key, -(2 * radius + 1), -1, 'WITHSCORES');
}

function entries(reply) {
  const list = [];
  for (let at = 0; at < reply.length; at += 2) list.push({ member: reply[at], score: Number(reply[at + 1]) });
  return list;
}
