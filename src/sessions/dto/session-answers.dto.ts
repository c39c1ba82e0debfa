import { ApiProperty } from '@nestjs/swagger';
import { SessionDto } from './session.dto.js';

export class SessionAnswerDto {
  @ApiProperty({ type: SessionDto })
  readonly session!: SessionDto;
}

export class NewSessionAnswerDto extends SessionAnswerDto {
  @ApiProperty({ description: 'The credential; it is stored nowhere and cannot be read again' })
  readonly token!: string;
}

export class SessionsAnswerDto {
  @ApiProperty({ type: [SessionDto] })
  readonly items!: readonly SessionDto[];
}

export class RevokedAnswerDto {
  @ApiProperty({ type: 'integer', description: 'How many live sessions were ended' })
  readonly revoked!: number;
}
