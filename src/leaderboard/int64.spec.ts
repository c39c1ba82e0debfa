import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { IsInt64 } from './dto/is-int64.js';
import { parseInt64, toJsonInt64 } from './int64.js';

const MAX = 9223372036854775807n;

describe('an exact 64-bit integer', () => {
  it.each([
    [0, 0n],
    [-0, 0n],
    ['-0', 0n],
    [-1, -1n],
    [Number.MAX_SAFE_INTEGER, 2n ** 53n - 1n],
    ['9007199254740993', 2n ** 53n + 1n],
    ['9223372036854775807', MAX],
    ['-9223372036854775808', -MAX - 1n],
    [MAX, MAX],
  ])('is read from %p', (given, integer) => {
    expect(parseInt64(given)).toBe(integer);
  });

  const numbers = [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300];
  const texts = ['', ' 1', '1 ', '01', '+1', '--1', '1.0', '1e3', '0x1', 'NaN', '١', '9'.repeat(100)];
  const tooLarge = ['9223372036854775808', '-9223372036854775809', MAX + 1n, -MAX - 2n];

  it.each([...numbers, ...texts, ...tooLarge, null, undefined, true, [[1]], { by: 1 }])(
    'is not read from %p',
    (given) => {
      expect(parseInt64(given)).toBeUndefined();
    },
  );

  it.each([
    [0n, 0],
    [2n ** 53n - 1n, 9007199254740991],
    [2n ** 53n, '9007199254740992'],
    [1n - 2n ** 53n, -9007199254740991],
    [-(2n ** 53n), '-9007199254740992'],
    [MAX, '9223372036854775807'],
  ])('%p is %p in JSON', (integer, json) => {
    expect(toJsonInt64(integer)).toBe(json);
    expect(parseInt64(json)).toBe(integer);
  });

  it('is a bigint in a DTO, or a fault', () => {
    class Dto {
      @IsInt64()
      readonly by!: bigint;
    }
    const right = plainToInstance(Dto, { by: '9007199254740993' });
    expect(validateSync(right)).toEqual([]);
    expect(right.by).toBe(2n ** 53n + 1n);
    const wrong = plainToInstance(Dto, { by: 1.5 });
    expect(validateSync(wrong)).toMatchObject([
      { property: 'by', constraints: { isInt64: /within 64 bits/ } },
    ]);
  });
});
