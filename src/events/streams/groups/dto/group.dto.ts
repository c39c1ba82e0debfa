import { ApiProperty } from '@nestjs/swagger';

export class GroupSettingsDto {
  @ApiProperty({ type: 'integer' })
  readonly maxDeliveries!: number;

  @ApiProperty({ type: 'integer' })
  readonly ackTimeoutMs!: number;

  @ApiProperty({ type: 'integer' })
  readonly backoffMs!: number;
}

export class GroupDto extends GroupSettingsDto {
  @ApiProperty({ type: 'integer', description: 'Events that were delivered and not acknowledged' })
  readonly pending!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Events that were not delivered yet; null when unknown',
  })
  readonly lag!: number | null;

  @ApiProperty({ type: 'integer' })
  readonly consumers!: number;

  @ApiProperty({ type: 'integer' })
  readonly deadLetters!: number;
}
