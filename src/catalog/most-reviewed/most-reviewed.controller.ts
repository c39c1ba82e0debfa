import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RateLimit } from '../../rate-limit/index.js';
import { PageQuery } from '../dto/page.query.js';
import { MostReviewedPageDto } from './dto/most-reviewed.dto.js';
import { MostReviewed } from './most-reviewed.js';

@ApiTags('Catalog')
@Controller('v1/catalog/most-reviewed')
@RateLimit()
export class MostReviewedController {
  constructor(private readonly mostReviewed: MostReviewed) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Products by votes and reviews, the most first, a page at a time' })
  @ApiOkResponse({ type: MostReviewedPageDto })
  top(@Query() query: PageQuery): Promise<MostReviewedPageDto> {
    return this.mostReviewed.top(query);
  }
}
