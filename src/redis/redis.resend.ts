import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RedisClient } from './redis.client.js';
import { StateStoreUnavailableError } from './redis.errors.js';

/**
 * Sends a request again whose reply was lost: once, when Redis is back, and only within the deadline of one command. For
 * requests that Redis knows again by an id of theirs, so that the second one finds what the first has done.
 *
 * @throws StateStoreUnavailableError: it may have been done all the same.
 */
export function sendTwice<R>(redis: RedisClient, send: () => Promise<R>): Promise<R> {
  const startedAt = performance.now();
  return send().catch((error: unknown) => sendAgain(redis, send, startedAt, error));
}

async function sendAgain<R>(
  { connections }: RedisClient,
  send: () => Promise<R>,
  startedAt: number,
  error: unknown,
): Promise<R> {
  if (!(error instanceof StateStoreUnavailableError)) throw error;
  // A connection that was given up just now says so in the next turn.
  await nextTurn();
  const leftMs = startedAt + connections.commandTimeoutMs - performance.now();
  if (leftMs <= 0 || !(await connections.readyWithin(leftMs))) throw error;
  return send();
}
