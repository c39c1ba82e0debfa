import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';
import { IsStorableText } from './rules.js';

const MAX_VERSION = 2_147_483_647;

/** An absent property stays as it is; null empties it. */
export class UpdateProductDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 300 })
  @ValidateIf((_product, value) => value !== undefined)
  @IsStorableText(1, 300)
  readonly title?: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 100 })
  @IsOptional()
  @IsStorableText(1, 100)
  readonly genre?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 200 })
  @IsOptional()
  @IsStorableText(1, 200)
  readonly director?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 200 })
  @IsOptional()
  @IsStorableText(1, 200)
  readonly distributor?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 20 })
  @IsOptional()
  @IsStorableText(1, 20)
  readonly mpaaRating?: string | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description:
      'The version that the change was made from; 409 PRODUCT_CHANGED when it is not the present one',
  })
  @ValidateIf((_product, value) => value !== undefined)
  @IsInt()
  @Min(1)
  @Max(MAX_VERSION)
  readonly version?: number;
}
