// What an arm did to its Redis, read from the server itself.

/** Commands that only the harness sends, or that a client sends once when it connects. */
const NOT_COUNTED = new Set([
  'info',
  'memory',
  'scan',
  'config',
  'hello',
  'client',
  'select',
  'command',
  'auth',
  'script',
]);

/**
 * How often each command was executed so far, inside scripts or not.
 *
 * @returns {Promise<Record<string, number>>}
 */
export async function commandCounts(client) {
  const counts = {};
  for (const line of (await client.info('commandstats')).split('\r\n')) {
    const match = /^cmdstat_([^|:]+)[^:]*:calls=(\d+)/.exec(line);
    if (match && !NOT_COUNTED.has(match[1])) counts[match[1]] = (counts[match[1]] ?? 0) + Number(match[2]);
  }
  return counts;
}

/** The executions between two `commandCounts`, divided by the number of operations. Commands below 0.005 are left out. */
export function commandsPerOperation(before, after, operations) {
  const entries = Object.entries(after).map(([name, count]) => [
    name,
    (count - (before[name] ?? 0)) / operations,
  ]);
  return Object.fromEntries(entries.filter(([, count]) => count >= 0.005));
}

/** Bytes of both directions so far, of all clients: the harness's own questions are a few kilobytes. */
export async function networkBytes(client) {
  const stats = await client.info('stats');
  return ['input', 'output'].reduce(
    (sum, way) => sum + Number(new RegExp(`^total_net_${way}_bytes:(\\d+)`, 'm').exec(stats)[1]),
    0,
  );
}

/** What the server has allocated, in bytes. */
export async function usedMemory(client) {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))[1]);
}

/**
 * The keys left in a Redis, grouped by their shape, with MEMORY USAGE of each (all elements sampled).
 *
 * @returns {Promise<{ keys: number, bytes: number, groups: { shape: string, keys: number, bytesPerKey: number }[] }>}
 */
export async function memoryByKeyShape(client, maxKeys = 5000) {
  const groups = new Map();
  let keys = 0;
  for await (const batch of client.scanStream({ count: 500 })) {
    for (const key of batch.slice(0, maxKeys - keys)) {
      const bytes = await client.memory('USAGE', key, 'SAMPLES', 0);
      const group = groups.get(shapeOf(key)) ?? { keys: 0, bytes: 0 };
      groups.set(shapeOf(key), { keys: group.keys + 1, bytes: group.bytes + Number(bytes ?? 0) });
      keys += 1;
    }
  }
  const list = [...groups].map(([shape, group]) => ({
    shape,
    keys: group.keys,
    bytesPerKey: group.bytes / group.keys,
  }));
  return { keys, bytes: [...groups.values()].reduce((sum, group) => sum + group.bytes, 0), groups: list };
}

/** `app:sess:9aN3...` becomes `app:sess:*` and a hash tag becomes `{*}`: what is unlike in every key of a kind is starred. */
function shapeOf(key) {
  return key
    .replace(/\{[^}]*\}/, '{*}')
    .replace(/[A-Za-z0-9_+=.-]{16,}/g, '*')
    .replace(/\d+/g, '*');
}
