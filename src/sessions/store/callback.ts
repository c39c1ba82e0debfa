/**
 * Answers a framework's callback with how the promise ends. What the callback throws is its own: thrown in here it
 * would be called a second time, as if the store had failed.
 */
export function answer<R>(
  promise: Promise<R | undefined>,
  callback: (error: unknown, result?: R) => void,
): void {
  promise.then(
    (result) => process.nextTick(callback, null, result),
    (error: unknown) => process.nextTick(callback, error),
  );
}
