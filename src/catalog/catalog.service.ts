import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../errors/index.js';
import { decodeCursor, encodeCursor } from './catalog.cursor.js';
import { ProductChangedError, ProductNotFoundError, ReviewExistsError } from './catalog.errors.js';
import { CatalogRepository } from './catalog.repository.js';
import type { FindProductsQuery } from './dto/find-products.query.js';
import type { NewReviewDto } from './dto/new-review.dto.js';
import { ProductDetailsDto } from './dto/product-details.dto.js';
import type { ProductPageDto } from './dto/product-page.dto.js';
import { ProductDto } from './dto/product.dto.js';
import { ReviewDto } from './dto/review.dto.js';
import type { UpdateProductDto } from './dto/update-product.dto.js';
import { MostReviewed } from './most-reviewed/most-reviewed.js';

/** Films and their reviews. Every method throws DatabaseUnavailableError when Postgres does not answer. */
@Injectable()
export class CatalogService {
  constructor(
    private readonly catalog: CatalogRepository,
    private readonly mostReviewed: MostReviewed,
  ) {}

  /**
   * A product with its reviews summed up; one query.
   *
   * @throws ProductNotFoundError
   */
  async get(id: string): Promise<ProductDetailsDto> {
    assertStorable(id);
    const product = await this.catalog.find(id);
    if (!product) throw new ProductNotFoundError();
    return ProductDetailsDto.from(product);
  }

  /**
   * A page of products by title; one query.
   *
   * @throws ValidationFailedError for a cursor that is none.
   */
  async find({ search, limit, cursor }: FindProductsQuery): Promise<ProductPageDto> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // One more than asked for: whether there is a next page.
    const rows = await this.catalog.search({ search, after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => ProductDto.from(row)),
      nextCursor: last && rows.length > limit ? encodeCursor(last) : null,
    };
  }

  /**
   * Changes a product; one query, and a second one to tell why nothing could be changed.
   *
   * @throws ProductNotFoundError, ProductChangedError
   */
  async update(id: string, { version, ...changes }: UpdateProductDto): Promise<ProductDetailsDto> {
    assertStorable(id);
    if (Object.values(changes).every((value) => value === undefined)) return this.get(id);
    const product = await this.catalog.update(id, changes, version);
    if (product) return ProductDetailsDto.from(product);
    throw (await this.catalog.exists(id)) ? new ProductChangedError() : new ProductNotFoundError();
  }

  /**
   * Adds a user's review; one query. Where there are leaderboards, a second one and a Redis round trip count it on the board.
   *
   * @throws ProductNotFoundError, ReviewExistsError
   */
  async addReview(
    productId: string,
    userId: string,
    { stars, text = null }: NewReviewDto,
  ): Promise<ReviewDto> {
    assertStorable(productId);
    if (userId.includes('\0')) {
      throw new ValidationFailedError([
        { path: 'userId', message: 'must not contain a NUL to write a review' },
      ]);
    }
    try {
      const review = await this.catalog.addReview({ productId, userId, stars, text });
      await this.mostReviewed.update(productId);
      return ReviewDto.from(review);
    } catch (error) {
      // A first try may have ended between the review and the board.
      if (error instanceof ReviewExistsError) await this.mostReviewed.update(productId);
      throw error;
    }
  }
}

/** Postgres has no text with a NUL in it, so no product has such an id; and it refuses the question. */
function assertStorable(id: string): void {
  if (id.includes('\0')) throw new ProductNotFoundError();
}
