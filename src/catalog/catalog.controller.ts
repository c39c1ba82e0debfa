import { Body, Controller, Get, Patch, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Cached, InvalidatesCache } from '../cache/index.js';
import { Idempotent, IdParam } from '../http/index.js';
import { CountsView } from '../leaderboard/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { CurrentSession, RequireSession, type Session } from '../sessions/index.js';
import { CatalogService } from './catalog.service.js';
import { FindProductsQuery } from './dto/find-products.query.js';
import { NewReviewDto } from './dto/new-review.dto.js';
import { ProductDetailsDto } from './dto/product-details.dto.js';
import { ProductPageDto } from './dto/product-page.dto.js';
import { ReviewDto } from './dto/review.dto.js';
import { UpdateProductDto } from './dto/update-product.dto.js';

const PRODUCT_KEY = 'catalog-product:{id}';
const PRODUCT_TTL_MS = 60_000;

@ApiTags('Catalog')
@Controller('v1/catalog/products')
@RateLimit()
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  @ApiOperation({ summary: 'Products by title, a page at a time' })
  @ApiOkResponse({ type: ProductPageDto })
  find(@Query() query: FindProductsQuery): Promise<ProductPageDto> {
    return this.catalog.find(query);
  }

  @Get(':id')
  @Cached({ key: PRODUCT_KEY, ttlMs: PRODUCT_TTL_MS, scope: 'public' })
  @CountsView('product:{id}', { windows: true })
  @ApiOperation({ summary: 'A product with its reviews summed up; from the cache, for at most a minute' })
  @ApiOkResponse({ type: ProductDetailsDto })
  @ApiNotFoundResponse({ description: 'PRODUCT_NOT_FOUND' })
  get(@IdParam('id') id: string): Promise<ProductDetailsDto> {
    return this.catalog.get(id);
  }

  @Patch(':id')
  @RequireSession({ roles: ['editor'] })
  @InvalidatesCache({ keys: [PRODUCT_KEY] })
  @ApiOperation({ summary: 'Change a product, as an editor' })
  @ApiOkResponse({ type: ProductDetailsDto })
  @ApiNotFoundResponse({ description: 'PRODUCT_NOT_FOUND' })
  @ApiConflictResponse({ description: 'PRODUCT_CHANGED' })
  update(@IdParam('id') id: string, @Body() changes: UpdateProductDto): Promise<ProductDetailsDto> {
    return this.catalog.update(id, changes);
  }

  @Post(':id/reviews')
  @RequireSession()
  @Idempotent()
  @InvalidatesCache({ keys: [PRODUCT_KEY] })
  @ApiOperation({ summary: 'Review a product, once, as the user of the session' })
  @ApiCreatedResponse({ type: ReviewDto })
  @ApiNotFoundResponse({ description: 'PRODUCT_NOT_FOUND' })
  @ApiConflictResponse({ description: 'REVIEW_EXISTS' })
  addReview(
    @IdParam('id') id: string,
    @CurrentSession() session: Session,
    @Body() review: NewReviewDto,
  ): Promise<ReviewDto> {
    return this.catalog.addReview(id, session.userId, review);
  }
}
