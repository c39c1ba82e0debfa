import * as fc from 'fast-check';
import { checkEntryId, compareEntryIds } from './entry-id.js';

describe('the id of an entry', () => {
  it('is written as Redis writes it', () => {
    for (const [given, written] of [
      ['0', '0-0'],
      ['5', '5-0'],
      ['007-01', '7-1'],
      ['18446744073709551615-18446744073709551615', '18446744073709551615-18446744073709551615'],
    ])
      expect(checkEntryId('after', given)).toBe(written);
  });

  it('comes before or after another one, also beyond 2^53', () => {
    const part = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 12n }));
    fc.assert(
      fc.property(part, part, part, part, (aMs, aSeq, bMs, bSeq) => {
        const expected = aMs === bMs ? aSeq - bSeq : aMs - bMs;
        const compared = compareEntryIds(`${aMs}-${aSeq}`, `${bMs}-${bSeq}`);
        expect(Math.sign(compared)).toBe(expected < 0n ? -1 : Number(expected > 0n));
      }),
    );
  });
});
