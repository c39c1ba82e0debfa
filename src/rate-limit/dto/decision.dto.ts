import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class CheckDecisionDto {
  @ApiProperty({ example: 'login' })
  readonly policy!: string;

  @ApiProperty()
  readonly allowed!: boolean;

  @ApiProperty({ type: 'integer' })
  readonly limit!: number;

  @ApiProperty({ type: 'integer' })
  readonly remaining!: number;

  @ApiProperty({ type: 'integer', description: 'Until all of the limit is there again' })
  readonly resetMs!: number;

  @ApiProperty({ type: 'integer', description: 'Until the same request would pass; 0 when it passes' })
  readonly retryAfterMs!: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Leaky bucket: until the turn of this request' })
  readonly delayMs?: number;

  @ApiPropertyOptional({ description: 'Shadow mode: allowed, although the policy would have refused' })
  readonly wouldRefuse?: boolean;
}

export class DecisionDto {
  @ApiProperty({ description: 'No policy refuses; only then anything was charged' })
  readonly allowed!: boolean;

  @ApiProperty({ type: [CheckDecisionDto] })
  readonly decisions!: readonly CheckDecisionDto[];

  @ApiPropertyOptional({ format: 'date-time', description: 'Names these charges in a refund' })
  readonly chargedAt?: string;
}

export class RefundedDto {
  @ApiProperty({ type: [CheckDecisionDto], description: 'What is left now' })
  readonly decisions!: readonly CheckDecisionDto[];
}
