// A writer's change, and when another process ceases to give the old value.
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../common/clock.mjs';
import { TTL_MS } from './content.mjs';

const KEY = 'watched';
const TAG = 'watched-tag';
const PRIME_MS = 3;
const WAIT_MS = 5000;

export function serveStaleness(cache) {
  const policy = { ttlMs: TTL_MS, tags: [TAG] };
  const readsUntil = async (isDone, waitMs) => {
    for (const until = nowMs() + waitMs; ;) {
      const value = await cache.get(KEY);
      const at = nowMs();
      if (isDone(value, at)) return at;
      if (at > until) throw new Error(`The entry stayed at ${JSON.stringify(value)}.`);
      await turn();
    }
  };
  return {
    async write({ version }) {
      await cache.set(KEY, { version }, policy);
    },
    /** Reads so often, and for so long, that the process holds the version itself and has heard of its writing. */
    async prime({ version }) {
      let seenAt;
      await readsUntil((value, at) => {
        if (value?.version !== version) seenAt = undefined;
        else seenAt ??= at;
        return seenAt !== undefined && at - seenAt > PRIME_MS;
      }, WAIT_MS);
    },
    /** Reads without a pause until the old version is not given any more: gives when that was. */
    async watch({ version }) {
      return { at: await readsUntil((value) => value?.version !== version, WAIT_MS) };
    },
    /** Changes the entry: gives when that was begun and when it was done. */
    async change({ way, version, afterMs }) {
      await sleep(afterMs);
      const from = nowMs();
      if (way === 'key') await cache.remove(KEY);
      else if (way === 'tag') await cache.removeTag(TAG);
      else await cache.set(KEY, { version }, policy);
      return { from, done: nowMs() };
    },
  };
}
