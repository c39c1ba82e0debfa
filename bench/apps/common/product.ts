/** The resource of the benchmark: about 1 kB of JSON, the same for every arm. */
export function makeProduct(id: string) {
  return {
    id,
    sku: `HF-${id}`,
    name: 'Trail running shoe, low cut, recycled mesh upper',
    description:
      'A light shoe for long days on mixed ground. The mesh upper dries fast, the rock plate is replaceable, and ' +
      'the outsole is stitched, so that it can be resoled twice before the shoe is taken back and recycled.',
    brand: { id: 'brand-77', name: 'Fell & Fjord', country: 'NO' },
    price: { amount: 12_900, currency: 'EUR', taxIncluded: true },
    stock: { available: 418, warehouse: 'OSL-2', restockAt: '2026-12-01T06:00:00.000Z' },
    ratings: { average: 4.62, count: 1834 },
    tags: ['running', 'trail', 'recycled', 'vegan', 'wide-fit'],
    sizes: ['39', '40', '41', '42', '43', '44', '45', '46'].map((size) => ({
      size,
      stock: Number(size) * 3,
    })),
    images: ['front', 'side', 'sole'].map((view) => `/images/products/${id}/${view}.webp`),
    updatedAt: '2026-11-02T09:30:00.000Z',
  };
}

export type Product = ReturnType<typeof makeProduct>;

/** Stands for the database. Counts its reads, so that the bench can prove that a cache hit never got here. */
export class ProductSource {
  reads = 0;

  async find(id: string): Promise<Product> {
    this.reads += 1;
    return makeProduct(id);
  }
}
