import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { PageQuery } from './page.query.js';
import { IsStorableText } from './rules.js';

export class FindProductsQuery extends PageQuery {
  @ApiPropertyOptional({
    description: 'Contained in the title; case and accents do not matter',
    maxLength: 200,
  })
  @IsOptional()
  @IsStorableText(0, 200)
  readonly search?: string;
}
