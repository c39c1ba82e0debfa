import { ApiProperty } from '@nestjs/swagger';
import { PolicyDto } from './policy.dto.js';

/** A policy with its name. */
export class NamedPolicyDto extends PolicyDto {
  @ApiProperty({ example: 'login' })
  readonly name!: string;
}

export class PoliciesPageDto {
  @ApiProperty({ type: [NamedPolicyDto] })
  readonly items!: readonly Omit<NamedPolicyDto, 'toPolicy'>[];

  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}
