import { isDueEarly, toPolicy } from './load-policy.js';

/** The share of readers that load anew, of many. */
function share(leftMs: number, deltaMs: number, beta: number): number {
  const readers = 20_000;
  let due = 0;
  for (let reader = 0; reader < readers; reader += 1) if (isDueEarly(leftMs, deltaMs, beta)) due += 1;
  return due / readers;
}

describe('an early load (XFetch)', () => {
  // P = exp(-left / (beta * delta)); ten standard deviations of 20,000 readers are 0.035 at the most.
  it.each([
    [100, 100, 1],
    [50, 100, 1],
    [500, 100, 1],
    [100, 100, 2],
    [300, 100, 0.5],
  ])(
    '%d ms before the expiry of what took %d ms to load, beta %d, is as likely as the paper says',
    (...of) => {
      const [leftMs, deltaMs, beta] = of;
      const expected = Math.exp(-leftMs / (beta * deltaMs));
      expect(Math.abs(share(leftMs, deltaMs, beta) - expected)).toBeLessThan(0.035);
    },
  );

  it('never happens with beta 0, long before the expiry, or for what costs nothing', () => {
    expect(share(1, 1000, 0)).toBe(0);
    expect(share(0, 1000, 0)).toBe(0);
    expect(share(100_000, 10, 1)).toBe(0);
    expect(share(1, 0, 1)).toBe(0);
  });

  it('happens at the expiry', () => {
    expect(share(0, 100, 1)).toBe(1);
  });
});

describe('options', () => {
  it.each([
    [{ ttlMs: 1, hardTimeoutMs: 86_400_001 }],
    [{ ttlMs: 1, source: '' }],
    [{ ttlMs: 0 }],
    [{ ttlMs: -1 }],
    [{ ttlMs: 1.5 }],
    [{ ttlMs: Number.NaN }],
    [{ ttlMs: Infinity }],
    [{ ttlMs: 1, graceMs: -1 }],
    [{ ttlMs: 1, negativeTtlMs: 0 }],
    [{ ttlMs: 1, tags: Array.from({ length: 65 }, (_, index) => `t${index}`) }],
    [{ ttlMs: 1, tags: [''] }],
    [{ ttlMs: 1, tags: ['t'.repeat(257)] }],
    [{ ttlMs: 1, beta: -1 }],
    [{ ttlMs: 1, hardTimeoutMs: 0 }],
    [{ ttlMs: 1, softTimeoutMs: Number.NaN }],
  ])('%j are refused', (options) => {
    expect(() => toPolicy(options)).toThrow(RangeError);
  });

  it('have defaults', () => {
    expect(toPolicy({ ttlMs: 5 })).toEqual({
      ttlMs: 5,
      negativeTtlMs: 5,
      graceMs: 0,
      tags: [],
      beta: 1,
      softTimeoutMs: 0,
      hardTimeoutMs: Infinity,
      source: 'default',
    });
  });
});
