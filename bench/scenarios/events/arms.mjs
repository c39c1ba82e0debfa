import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * @typedef {object} EventsArm besides what every driver arm has
 * @property {number} events published and handled in one round
 */

/** @type {(import('../../harness/driver-round.mjs').DriverArm & EventsArm)[]} */
export const ARMS = [
  {
    kind: 'driver',
    name: 'raw',
    title: 'XADD in pipelines of 200, XREADGROUP COUNT 200, XACK; 8 bytes an event',
    program: at('apps/events/raw.mjs'),
    events: 200_000,
  },
  {
    kind: 'driver',
    name: 'raw-envelope',
    title: 'the same with a CloudEvent of 200 bytes an event, as Holdfast has it',
    program: at('apps/events/raw.mjs'),
    env: { ENVELOPE: '1' },
    events: 200_000,
  },
  {
    kind: 'driver',
    name: 'holdfast',
    title: 'publishMany of 200, @OnStream at concurrency 200',
    program: at('apps/events/holdfast.mjs'),
    events: 200_000,
  },
  {
    kind: 'driver',
    name: 'bullmq',
    title: 'addBulk of 200 and a worker at concurrency 100, BullMQ 6.7',
    program: at('apps/peers/events/bullmq.mjs'),
    events: 40_000,
  },
];
