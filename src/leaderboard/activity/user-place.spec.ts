import { PARTITIONS, placeOf } from './user-place.js';

describe('the place of a user', () => {
  it('is the same each time, and that of no other', () => {
    const places = Array.from({ length: 20_000 }, (_, n) => placeOf(`user-${n}`));
    const text = (each: ReturnType<typeof placeOf>) =>
      `${each.partition}:${each.bucket}:${each.name.toString('hex')}`;
    expect(new Set(places.map(text)).size).toBe(places.length);
    expect(text(placeOf('user-7'))).toBe(text(places[7]));
  });

  it('is spread evenly over partitions and their buckets', () => {
    const partitions = Array.from({ length: PARTITIONS }, () => 0);
    const buckets = new Set<number>();
    for (let n = 0; n < 160_000; n += 1) {
      const { partition, bucket } = placeOf(`${n}@example.com`);
      partitions[partition] += 1;
      buckets.add(bucket);
    }
    for (const count of partitions) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(buckets.size).toBe(4096);
    expect(Math.max(...buckets)).toBe(4095);
  });
});
