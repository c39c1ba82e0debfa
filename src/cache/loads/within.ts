export const LATE = Symbol('late');

/**
 * What a promise gives within a time, else LATE; the promise goes on, and its later rejection is nobody's.
 *
 * @param timeoutMs Infinity for no limit.
 */
export async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof LATE> {
  if (timeoutMs === Infinity) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((done) => {
    timer = setTimeout(done, timeoutMs, LATE);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
