import { waitFor } from './wait-for.js';

/** A loader that the test holds up and lets go. */
export interface Gate<T> {
  readonly load: () => Promise<T>;
  /** Lets all that have begun go. */
  readonly open: (value: T) => void;
  readonly fail: (error: Error) => void;
  /** Until so many loads have begun. */
  readonly begun: (count?: number) => Promise<true>;
  readonly calls: () => number;
}

export function gate<T>(): Gate<T> {
  let calls = 0;
  let waiting: { resolve: (value: T) => void; reject: (error: Error) => void }[] = [];
  const take = () => {
    const all = waiting;
    waiting = [];
    return all;
  };
  return {
    load: () => {
      calls += 1;
      return new Promise<T>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    open: (value) => take().forEach(({ resolve }) => resolve(value)),
    fail: (error) => take().forEach(({ reject }) => reject(error)),
    begun: (count = 1) => waitFor(() => calls >= count, { what: `${count} loads to begin` }),
    calls: () => calls,
  };
}
