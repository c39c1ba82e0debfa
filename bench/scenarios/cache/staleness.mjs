// How long another process goes on giving an old value after a change.
import { step } from '../../harness/progress.mjs';
import { distribution } from '../../harness/stats.mjs';
import { FACTS } from './arms.mjs';
import { withFleet } from '../../harness/fleet.mjs';

const WAYS = ['key', 'tag', 'set'];
const CACHES = ['holdfast', 'bentocache'];

/** @returns {Promise<Record<string, Record<string, object>>>} by arm and way of the change */
export async function measureStaleness(changes) {
  const staleness = {};
  for (const name of CACHES) {
    staleness[name] = await withFleet(FACTS[name], 2, async ({ members: [writer, reader] }) => {
      const byWay = {};
      for (const way of WAYS) {
        step(`cache: ${changes} changes by ${way} of ${name}, seen from another process`);
        byWay[way] = await measureWay(writer, reader, way, changes);
      }
      return byWay;
    });
  }
  return staleness;
}

async function measureWay(writer, reader, way, changes) {
  const fromBegin = [];
  const fromEnd = [];
  for (let change = 0; change < changes; change += 1) {
    const version = `${way}-${change}`;
    await writer.job('write', { version });
    await reader.job('prime', { version });
    const [seen, { from, done }] = await Promise.all([
      reader.job('watch', { version }),
      // The reader is under way by then.
      writer.job('change', { way, version: `${version}-new`, afterMs: 2 + Math.random() * 3 }),
    ]);
    fromBegin.push(seen.at - from);
    fromEnd.push(Math.max(0, seen.at - done));
  }
  return { changes, fromBegin: distribution(fromBegin), fromEnd: distribution(fromEnd) };
}
