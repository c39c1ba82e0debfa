import { ApiProperty } from '@nestjs/swagger';
import { ProductDto } from './product.dto.js';

export class ProductPageDto {
  @ApiProperty({ type: [ProductDto] })
  readonly items!: ProductDto[];

  @ApiProperty({ type: String, nullable: true, description: 'null on the last page' })
  readonly nextCursor!: string | null;
}
