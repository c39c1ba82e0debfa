import { defineScript, NOW } from '../../../redis/index.js';

/** Fragments, each after those that it needs. */
const FIELD = 'lua/field.lua';
const LANES = 'lua/lanes.lua';
const DEAD = 'lua/dead.lua';
const WAKE = '../lua/wake.lua';

/** An entry as it stands in the stream: its id, and its fields and values in turn. */
export type RawEntry = readonly [id: string, fields: readonly string[]];

/** An entry that a consumer was given, and how often it was given to anybody. */
export type RawDelivery = readonly [...RawEntry, deliveries: number];

export interface TakeReply {
  readonly entries: readonly RawDelivery[];
  /** There may be more at once. */
  readonly more: boolean;
  /** Until the next one is due again; undefined when none waits for that. */
  readonly dueInMs?: number;
  readonly acknowledged: number;
  /** How many went to the dead letters. */
  readonly buried: number;
  /** By Redis' clock, epoch ms. */
  readonly takenAt: number;
  /** Of the group; for who looks after what was left. */
  readonly ackTimeoutMs: number;
}

export const takeEntries = defineScript({
  name: 'groups.take',
  directory: __dirname,
  includes: [NOW, FIELD, LANES, DEAD, 'lua/deliver.lua', 'lua/fresh.lua'],
  keys: ['stream', 'idle', 'settings', 'retries', 'dead', 'lanes', 'turns'],
  args: ['group', 'consumer', 'channel', 'count', 'looksAfter', 'waiter'],
  reply: (raw): TakeReply => {
    const [entries, more, dueInMs, ...rest] = raw as [RawDelivery[], number, number, number, number, number];
    const [acknowledged, buried, takenAt, ackTimeoutMs] = rest.map(Number);
    const due = dueInMs < 0 ? undefined : dueInMs;
    return { entries, more: more === 1, dueInMs: due, acknowledged, buried, takenAt, ackTimeoutMs };
  },
});

export type NackOutcome = 'lost' | 'retried' | 'buried' | 'kept';

const NACK_OUTCOMES: readonly NackOutcome[] = ['lost', 'retried', 'buried', 'kept'];

export const nackEntry = defineScript({
  name: 'groups.nack',
  directory: __dirname,
  includes: [NOW, FIELD, LANES, DEAD],
  keys: ['stream', 'settings', 'retries', 'dead', 'lanes', 'turns'],
  args: ['group', 'consumer', 'id', 'delayMs', 'reason'],
  reply: (raw) => NACK_OUTCOMES[raw as number],
});

export const ackEntries = defineScript({
  name: 'groups.ack',
  directory: __dirname,
  includes: [WAKE, LANES],
  keys: ['stream', 'idle', 'settings', 'retries', 'lanes', 'turns'],
  args: ['group', 'clustered'],
  reply: (raw) => raw as number | null,
});

export const redriveLetters = defineScript({
  name: 'groups.redrive',
  directory: __dirname,
  includes: [WAKE, FIELD],
  keys: ['stream', 'idle', 'dead'],
  args: ['group', 'clustered'],
  reply: (raw) => raw as number,
});

export const extendEntries = defineScript({
  name: 'groups.extend',
  directory: __dirname,
  keys: ['stream'],
  args: ['group', 'consumer'],
  reply: (raw) => raw as readonly string[],
});

export const leaveGroup = defineScript({
  name: 'groups.leave',
  directory: __dirname,
  includes: [WAKE, LANES],
  keys: ['stream', 'idle', 'retries', 'lanes', 'turns'],
  args: ['group', 'consumer', 'channel', 'clustered'],
  reply: (raw) => raw === 1,
});

export const defineGroup = defineScript({
  name: 'groups.define',
  directory: __dirname,
  keys: ['stream', 'settings'],
  args: ['group', 'startAt', 'maxDeliveries', 'ackTimeoutMs', 'backoffMs'],
  reply: (raw) => raw === 1,
});

export const sweepConsumers = defineScript({
  name: 'groups.sweep',
  directory: __dirname,
  keys: ['stream'],
  args: ['group', 'idleMs'],
  reply: (raw) => raw as number,
});

export interface GroupState {
  readonly pending: number;
  /** Entries that were not delivered yet; null where Redis does not know. */
  readonly lag: number | null;
  readonly consumers: number;
  readonly deadLetters: number;
  readonly maxDeliveries: number;
  readonly ackTimeoutMs: number;
  readonly backoffMs: number;
}

export const inspectGroup = defineScript({
  name: 'groups.inspect',
  directory: __dirname,
  keys: ['stream', 'settings', 'dead'],
  args: ['group'],
  reply: (raw): GroupState | null => {
    if (raw === null) return null;
    const [pending, lag, consumers, deadLetters, ...settings] = raw as [
      number,
      number | null,
      number,
      number,
    ];
    const [maxDeliveries, ackTimeoutMs, backoffMs] = settings.map(Number);
    return { pending, lag, consumers, deadLetters, maxDeliveries, ackTimeoutMs, backoffMs };
  },
});

export const beatProcess = defineScript({
  name: 'groups.beat',
  directory: __dirname,
  includes: [NOW],
  keys: ['alive'],
  args: ['process', 'lifeMs'],
  reply: (raw) => raw as readonly string[],
});

export const applyOnce = defineScript({
  name: 'groups.apply',
  directory: __dirname,
  includes: [LANES],
  keys: ['stream', 'retries', 'lanes', 'turns'],
  args: ['group', 'id'],
  reply: (raw) => raw === 1,
});
