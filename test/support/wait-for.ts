import { inspect } from 'node:util';

// Captured when the file loads, so that a test with fake timers still waits in real time.
const { setTimeout, clearTimeout, setImmediate } = globalThis;
const now = performance.now.bind(performance);

export interface WaitForOptions {
  /** What is awaited, in the words of the failure message: "the lock to expire". */
  what: string;
  /** How long to keep trying, in milliseconds (default 10 s). */
  timeoutMs?: number;
  /** The longest pause between two attempts, in milliseconds (default 20). */
  intervalMs?: number;
}

type Falsy = false | 0 | 0n | '' | null | undefined;

const EAGER_ATTEMPTS = 5;

/**
 * Waits until a condition holds, without a fixed sleep.
 *
 * The first attempts follow each other through the event loop; then the pause grows from 1 ms to
 * `intervalMs`. An attempt that throws counts as "not yet". An attempt that never settles cannot hold the
 * caller beyond `timeoutMs`.
 *
 * @param condition returns (or resolves to) a truthy value when the wait is over
 * @returns the first truthy value
 * @throws Error that names `what` and the last value, or the last error (also as its `cause`)
 */
export function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000, intervalMs = 20 }: WaitForOptions,
): Promise<Exclude<T, Falsy>> {
  // Made here, so that the stack of a failure leads to the line that waited.
  const failure = new Error();
  Error.captureStackTrace(failure, waitFor);

  return new Promise((resolve, reject) => {
    const startedAt = now();
    let over = false;
    let attempts = 0;
    let last = 'no attempt finished';

    const deadline = setTimeout(() => {
      over = true;
      failure.message = `Waited ${timeoutMs} ms for ${what}, in vain: ${last} (${attempts} attempts)`;
      failure.stack = failure.stack?.replace(/^Error(?=\n|$)/, () => `Error: ${failure.message}`);
      reject(failure);
    }, timeoutMs);

    const attempt = async (): Promise<void> => {
      if (over) return;
      try {
        const value = await condition();
        if (over) return;
        if (value) {
          over = true;
          clearTimeout(deadline);
          resolve(value as Exclude<T, Falsy>);
          return;
        }
        last = `the last value was ${inspect(value, { depth: 3, breakLength: 100 })}`;
        delete failure.cause;
      } catch (error) {
        last = `the last error was ${error instanceof Error ? `${error.name}: ${error.message}` : inspect(error)}`;
        failure.cause = error;
      }
      attempts += 1;
      if (over) return;
      if (attempts < EAGER_ATTEMPTS) setImmediate(attempt);
      else setTimeout(attempt, Math.min(intervalMs, Math.max(1, (now() - startedAt) / 8)));
    };
    void attempt();
  });
}
