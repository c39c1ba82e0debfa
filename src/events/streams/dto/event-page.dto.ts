import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ANY_JSON_SCHEMA } from '../../../http/index.js';
import type { CloudEvent } from '../cloud-event.js';

/** For the documents, as {@link CloudEvent} has it. */
export class CloudEventDto {
  @ApiProperty({ enum: ['1.0'] })
  readonly specversion!: '1.0';

  @ApiProperty({ example: '6f2c1d1e-6d0e-4c55-9a8f-2f6c3d1f1a10' })
  readonly id!: string;

  @ApiProperty({ format: 'uri-reference', example: '/orders' })
  readonly source!: string;

  @ApiProperty({ example: 'order.placed' })
  readonly type!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly time?: string;

  @ApiPropertyOptional({ example: 'application/json' })
  readonly datacontenttype?: string;

  @ApiPropertyOptional({ format: 'uri' })
  readonly dataschema?: string;

  @ApiPropertyOptional({ description: 'What within the source the event is about' })
  readonly subject?: string;

  @ApiPropertyOptional({ description: 'Events of one key are handled in their order' })
  readonly partitionkey?: string;

  @ApiPropertyOptional({ ...ANY_JSON_SCHEMA, description: 'Any JSON' })
  readonly data?: unknown;

  @ApiPropertyOptional({ description: 'Data that is no JSON, instead of `data`' })
  readonly data_base64?: string;
}

export class StoredEventDto {
  @ApiProperty({ example: '1790000000000-0' })
  readonly id!: string;

  @ApiProperty({ type: CloudEventDto })
  readonly event!: CloudEvent;
}

export class EventPageDto {
  @ApiProperty({ type: [StoredEventDto] })
  readonly items!: readonly StoredEventDto[];

  @ApiProperty({ type: String, nullable: true, description: '`after` of the next page' })
  readonly nextCursor!: string | null;
}
