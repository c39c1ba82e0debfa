import { waitFor } from '../support/wait-for.js';

/** What a storage adapter of Keyv has, in whichever contract. */
export interface KeyvStorage {
  namespace?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever was set
  get(key: string): Promise<any>;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever was set
  getMany(keys: string[]): Promise<any[]>;
  has(key: string): Promise<boolean>;
  hasMany(keys: string[]): Promise<boolean[]>;
  set(key: string, value: unknown, expiry?: number): Promise<unknown>;
  setMany(entries: { key: string; value: unknown; ttl?: number; expires?: number }[]): Promise<unknown>;
  delete(key: string): Promise<boolean>;
  deleteMany(keys: string[]): Promise<boolean | boolean[]>;
  clear(): Promise<void>;
  disconnect?(): Promise<void>;
  iterator?(namespace?: string): AsyncGenerator<unknown, void>;
}

export interface KeyvContract {
  /** A store of its own on the same data. */
  readonly open: () => KeyvStorage;
  /** What an entry of a batch calls its expiry. */
  readonly expiry: 'ttl' | 'expires';
  /** An expiry as the contract tells it: so many milliseconds, or the instant after them. */
  readonly after: (ms: number) => number;
  /** What deleteMany gives, of what delete would have given. */
  readonly deleted: (each: boolean[]) => boolean | boolean[];
}

/** What Keyv expects of a storage adapter: `ttl` and one boolean in Keyv 5, `expires` and a list of them in Keyv 6. */
export function keyvStoreContract(name: string, contract: KeyvContract): void {
  let spaces = 0;
  const open = (namespace = `contract-${(spaces += 1)}`) => {
    const store = contract.open();
    store.namespace = namespace;
    return store;
  };
  describe(`${name} as a storage adapter of Keyv`, () => {
    keepsValues(open);
    deletes(open, contract);
    expires(open, contract);
    keepsNamespacesApart(open);
    iterates(open);
  });
}

type Open = (namespace?: string) => KeyvStorage;

function keepsValues(open: Open): void {
  it('gives back what was set last, and undefined for a miss', async () => {
    const store = open();
    expect(await store.get('k')).toBeUndefined();
    expect(await store.set('k', 'first')).toBe(true);
    expect(await store.set('k', 'second')).toBe(true);
    expect(await store.get('k')).toBe('second');
    expect(await store.has('k')).toBe(true);
    expect(await store.has('another')).toBe(false);
  });

  it('keeps what is as good as nothing to many', async () => {
    const store = open();
    for (const value of ['', 0, false]) {
      await store.set('k', value);
      expect(await store.get('k')).toBe(value);
      expect(await store.has('k')).toBe(true);
    }
  });

  it('takes and gives many at once, in their order', async () => {
    const store = open();
    await store.setMany([
      { key: 'a', value: 'A' },
      { key: 'b', value: 'B' },
    ]);
    expect(await store.getMany(['b', 'missing', 'a'])).toEqual(['B', undefined, 'A']);
    expect(await store.hasMany(['b', 'missing', 'a'])).toEqual([true, false, true]);
    await store.setMany([]);
    expect(await store.getMany([])).toEqual([]);
    expect(await store.hasMany([])).toEqual([]);
  });

  it('goes on after it was disconnected: the connection is not its own', async () => {
    const store = open();
    await store.set('k', 'v');
    await store.disconnect?.();
    expect(await open(store.namespace).get('k')).toBe('v');
  });
}

function deletes(open: Open, { deleted }: KeyvContract): void {
  it('deletes, and tells whether there was something', async () => {
    const store = open();
    await store.set('k', 'v');
    expect(await store.delete('k')).toBe(true);
    expect(await store.get('k')).toBeUndefined();
    expect(await store.delete('k')).toBe(false);
  });

  it('deletes many at once', async () => {
    const store = open();
    await store.set('a', 'A');
    await store.set('b', 'B');
    expect(await store.deleteMany(['a', 'missing', 'b'])).toEqual(deleted([true, false, true]));
    expect(await store.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await store.deleteMany(['a', 'b'])).toEqual(deleted([false, false]));
    expect(await store.deleteMany([])).toEqual(deleted([]));
  });

  it('clears everything, which is then not there to be deleted', async () => {
    const store = open();
    await store.set('a', 'A');
    await store.set('b', 'B');
    expect(await store.clear()).toBeUndefined();
    expect(await store.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await store.delete('a')).toBe(false);
    await store.set('a', 'again');
    expect(await store.get('a')).toBe('again');
  });
}

function expires(open: Open, { expiry, after }: KeyvContract): void {
  it('forgets a value when its time is over, and no other', async () => {
    const store = open();
    await store.setMany([
      { key: 'soon', value: 1, [expiry]: after(300) },
      { key: 'later', value: 2, [expiry]: after(60_000) },
      { key: 'never', value: 3 },
    ]);
    await store.set('too', 4, after(300));
    await waitFor(async () => !(await store.has('soon')) && !(await store.has('too')), {
      what: 'the expiry',
    });
    expect(await store.getMany(['soon', 'too', 'later', 'never'])).toEqual([undefined, undefined, 2, 3]);
    expect(await store.delete('soon')).toBe(false);
  });

  it('does not keep what has expired already, and drops what that replaces', async () => {
    const store = open();
    await store.set('k', 'old');
    await store.set('k', 'new', after(-1000));
    expect(await store.get('k')).toBeUndefined();
    await store.setMany([{ key: 'another', value: 'new', [expiry]: after(-1000) }]);
    expect(await store.has('another')).toBe(false);
  });

  it('takes the time of the last set', async () => {
    const store = open();
    await store.set('k', 'short', after(200));
    await store.set('probe', 'short', after(200));
    await store.set('k', 'long', after(60_000));
    await waitFor(async () => !(await store.has('probe')), { what: 'the earlier time to be over' });
    expect(await store.get('k')).toBe('long');
  });
}

function keepsNamespacesApart(open: Open): void {
  it('knows no namespace until it is given one, and takes another one', () => {
    const store = open();
    store.namespace = 'another';
    expect(store.namespace).toBe('another');
    store.namespace = undefined;
    expect(store.namespace).toBeUndefined();
  });

  it('keeps the keys of namespaces apart, and clears its own only', async () => {
    const [one, other] = [open(), open()];
    await one.set('k', 'one');
    await other.set('k', 'other');
    expect(await open(one.namespace).get('k')).toBe('one');
    await one.clear();
    expect([await one.get('k'), await other.get('k')]).toEqual([undefined, 'other']);
    expect(await one.delete('k')).toBe(false);
    expect(await other.get('k')).toBe('other');
  });
}

async function all(store: KeyvStorage): Promise<Record<string, unknown>> {
  const entries: [string, unknown][] = [];
  for await (const entry of store.iterator!(store.namespace)) entries.push(entry as [string, unknown]);
  return Object.fromEntries(entries);
}

function iterates(open: Open): void {
  it('lists what its namespace holds', async () => {
    const [one, other] = [open(), open()];
    expect(await all(one)).toEqual({});
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    await one.setMany(keys.map((key) => ({ key, value: `value of ${key}` })));
    await other.set('k1', 'other');
    expect(await all(one)).toEqual(Object.fromEntries(keys.map((key) => [key, `value of ${key}`])));
    await one.delete('k7');
    expect(Object.keys(await all(one)).sort()).toEqual(keys.filter((key) => key !== 'k7').sort());
    await one.clear();
    expect(await all(one)).toEqual({});
    expect(await all(other)).toEqual({ k1: 'other' });
  });
}
