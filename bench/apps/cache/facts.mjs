// What is measured apart from the rounds: one process of a fleet, which the harness tells what to do.
import { serveJobs } from '../common/driver.mjs';
import { serveEntries } from './entries.mjs';
import { serveFaults } from './faults.mjs';
import { serveOutage } from './outage.mjs';
import { serveStaleness } from './staleness.mjs';

/** @param {import('./workload.mjs').Cache} cache */
export function serveFacts(cache) {
  serveJobs({
    ...serveEntries(cache),
    ...serveStaleness(cache),
    ...serveFaults(cache),
    ...serveOutage(cache),
  });
}
