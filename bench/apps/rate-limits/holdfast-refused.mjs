// A flood on a key that is over its limit: refusals from the memory of the process.
import { setImmediate as turn } from 'node:timers/promises';
import { serveDriver } from '../common/driver.mjs';
import { decideUntil, startLimits } from './holdfast-limits.mjs';

const BATCH = 1000;
const checks = [
  {
    policy: { name: 'default', algorithm: 'fixed-window', limit: 1, windowMs: 86_400_000 },
    key: '192.0.2.1',
  },
];

const limits = await startLimits();
await decideUntil(limits, checks, true);
await decideUntil(limits, checks, false);
serveDriver(
  async () => {
    let refused = 0;
    for (let call = 0; call < BATCH; call += 1) {
      const { allowed } = await limits.decide(checks);
      if (!allowed) refused += 1;
    }
    if (refused !== BATCH) throw new Error('A request was allowed over its limit.');
    await turn();
    return true;
  },
  { batch: BATCH },
);
