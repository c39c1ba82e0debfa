import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** For the documents: StreamsService checks it, for callers in the process as well. */
export class PublishEventDto {
  @ApiProperty({ description: 'What has happened', example: 'order.placed' })
  readonly type!: string;

  @ApiProperty({ description: 'Any JSON', example: { orderId: 'o-1', total: 4999 } })
  readonly data!: unknown;

  @ApiPropertyOptional({ description: 'Events of one key are handled in their order' })
  readonly key?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it happened; now, unless given' })
  readonly time?: string;
}

export class PublishedDto {
  @ApiProperty({ description: 'Of the event in the stream, `<ms>-<seq>`', example: '1790000000000-0' })
  readonly id!: string;
}
