import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';

type Run = (context: { expect: typeof expect }) => unknown;

interface SuiteOptions {
  /** Tests of the suite, by name, that this Keyv fails whatever its store is: they are run to fail on a Map. */
  readonly unmet?: readonly string[];
}

type Registers = (name: string, run: Run) => void;

/**
 * @keyv/test-suite, which is written for vitest, under Jest. It is of Keyv 5: what Keyv 6 does otherwise is named.
 *
 * @param Keyv of the version that the store is for.
 * @param store gives a new store on the same data.
 */
export function keyvSuite(
  name: string,
  Keyv: unknown,
  store: () => unknown,
  { unmet = [] }: SuiteOptions = {},
): void {
  const met: Registers = (title, run) => {
    if (!unmet.includes(title)) it(title, () => run({ expect }) as Promise<void>);
  };
  describe(name, () => {
    describe('@keyv/test-suite', () => register(keyvTestSuite, met, Keyv, store));
    describe('@keyv/test-suite, iterator', () => register(keyvIteratorTests, met, Keyv, store));
  });
  if (unmet.length === 0) return;
  const left = new Set(unmet);
  const failing: Registers = (title, run) => {
    if (!left.delete(title)) return;
    it(title, () => expect((async () => run({ expect }))()).rejects.toThrow());
  };
  describe(`${name}: what this Keyv does otherwise on a Map, too`, () => {
    const maps = () => Object.assign(new Map(), { opts: {} });
    register(keyvTestSuite, failing, Keyv, maps);
    register(keyvIteratorTests, failing, Keyv, maps);
    it('is all in the suite', () => expect([...left]).toEqual([]));
  });
}

function register(suite: typeof keyvTestSuite, it: Registers, Keyv: unknown, store: () => unknown): void {
  const vitest = { it, beforeEach, afterEach, expect } as unknown as Parameters<typeof suite>[0];
  suite(vitest, Keyv as Parameters<typeof suite>[1], store);
}
