import type { OnStreamOptions } from './decorators/on-stream.decorator.js';
import { completeSettings, type GroupSettings } from './group-options.js';

/** A handler in this process says that it is at work, so what is silent for so long is gone. */
const ACK_TIMEOUT_MS = 5000;
const CONCURRENCY = 16;
const MAX_CONCURRENCY = 1000;

/** What a method runs with. */
export interface MemberOptions extends GroupSettings {
  readonly concurrency: number;
  readonly startAt: 'beginning' | 'now';
}

/** @throws ValidationFailedError for a setting that is out of bounds. */
export function completeOptions(options: OnStreamOptions): MemberOptions {
  const { concurrency = CONCURRENCY, startAt = 'beginning' } = options;
  return {
    ...completeSettings({ ackTimeoutMs: ACK_TIMEOUT_MS, ...options }),
    concurrency: Math.max(1, Math.min(concurrency, MAX_CONCURRENCY)),
    startAt,
  };
}
