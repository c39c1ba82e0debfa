import { ApiProperty } from '@nestjs/swagger';
import type { CloudEvent } from '../../cloud-event.js';

export class DeadLetterDto {
  @ApiProperty({ description: 'Of the letter' })
  readonly id!: string;

  @ApiProperty({ description: 'That the event had in the stream' })
  readonly entryId!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'A CloudEvent 1.0; null where it could not be read, or was dropped',
  })
  readonly event!: CloudEvent | null;

  @ApiProperty({ description: 'Why it was not handled' })
  readonly reason!: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  readonly deliveryCount!: number;
}

export class DeadLettersDto {
  @ApiProperty({ type: [DeadLetterDto] })
  readonly items!: DeadLetterDto[];

  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}
