import { defineScript, NOW } from '../../redis/index.js';

const DAY = [NOW, 'lua/day.lua'];

/** What became of a mark, and a number that tells more of it. */
export type MarkReply = readonly [
  outcome: 'marked' | 'other-day' | 'future' | 'past' | 'chunks',
  more: number,
];

/** How an activity counts. */
export type ActivityMode = 'exact' | 'approximate';

export const defineActivity = defineScript({
  name: 'activity.define',
  directory: __dirname,
  includes: DAY,
  keys: ['mode'],
  args: ['mode', 'ttlMs', 'day', 'at', 'retentionDays'],
  reply: (raw) => raw as readonly [ActivityMode | 'future' | 'past', number],
});

export const markUsers = defineScript({
  name: 'activity.mark',
  directory: __dirname,
  includes: [...DAY, 'lua/chunk.lua', 'lua/number.lua'],
  keys: ['numbers', 'counts', 'weekCounts'],
  args: [
    'day',
    'at',
    'retentionDays',
    'month',
    'goneIn',
    'goneAt',
    'weekGoneAt',
    'dayName',
    'weekName',
    'monthName',
    'users',
  ],
  reply: (raw) => raw as MarkReply,
});

export const countUsers = defineScript({
  name: 'activity.count',
  directory: __dirname,
  keys: [],
  args: [],
  reply: (raw) => {
    const parts = raw as readonly string[];
    const counts: (readonly [period: string, count: number])[] = [];
    for (let at = 0; at < parts.length; at += 2) counts.push([parts[at], Number(parts[at + 1])]);
    return counts;
  },
});

export interface RetainReply {
  /** Of the partition; 1 while it is empty. */
  readonly chunks: number;
  /** Users of this chunk of the cohort who were active, a count for each of the days. */
  readonly counts: readonly number[];
}

export const retainUsers = defineScript({
  name: 'activity.retain',
  directory: __dirname,
  includes: ['lua/chunk.lua'],
  keys: ['numbers', 'cohort', 'scratch'],
  args: [],
  reply: (raw): RetainReply => {
    const [chunks, ...counts] = raw as number[];
    return { chunks, counts };
  },
});

export const addUsers = defineScript({
  name: 'activity.add',
  directory: __dirname,
  includes: DAY,
  keys: ['dayLog', 'weekLog', 'monthLog'],
  args: ['day', 'at', 'retentionDays', 'goneAt', 'weekGoneAt'],
  reply: (raw) => raw as MarkReply,
});

export const estimateUsers = defineScript({
  name: 'activity.estimate',
  directory: __dirname,
  keys: [],
  args: [],
  reply: (raw) => raw as readonly number[],
});
