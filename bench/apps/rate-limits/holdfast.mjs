// Decisions of Holdfast. ALGORITHM: by which; POLICIES: how many in one decision (1, 3 or any number).
import { decideUntil, startLimits } from './holdfast-limits.mjs';
import { policy } from './policies.mjs';
import { NEVER_REACHED, ONE_POLICY, serveLimiter, THREE_POLICIES } from './workload.mjs';

const { ALGORITHM = 'fixed-window', POLICIES = '1' } = process.env;

function namesOf(count) {
  const known = [ONE_POLICY, THREE_POLICIES].find(({ length }) => length === count);
  return known ?? Array.from({ length: count }, (_, place) => `policy-${place}`);
}

const limits = await startLimits();
const names = namesOf(Number(POLICIES));
await decideUntil(limits, [{ policy: policy('ready', ALGORITHM, NEVER_REACHED), key: 'ready' }], true);
await serveLimiter((limit) => {
  const policies = names.map((name) => policy(name, ALGORITHM, limit));
  return async (client) => {
    const checks = policies.map((each) => ({ policy: each, key: client }));
    const { allowed, chargedAt } = await limits.decide(checks);
    // What was allowed because Redis did not answer in time is no decision.
    return allowed && chargedAt !== undefined;
  };
});
