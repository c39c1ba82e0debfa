import { ApiProperty } from '@nestjs/swagger';
import { type BoardDefinition, OPERATORS, ORDERS, SCORES, TIE_BREAKS } from '../board-definition.js';
import { WINDOWS } from '../windows/period.js';

export class BoardDto implements BoardDefinition {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ enum: ORDERS })
  readonly order!: BoardDefinition['order'];

  @ApiProperty({ enum: OPERATORS })
  readonly operator!: BoardDefinition['operator'];

  @ApiProperty({ enum: WINDOWS, isArray: true, description: 'The widest first' })
  readonly windows!: BoardDefinition['windows'];

  @ApiProperty()
  readonly timeZone!: string;

  @ApiProperty({ enum: TIE_BREAKS })
  readonly tieBreak!: BoardDefinition['tieBreak'];

  @ApiProperty({ enum: SCORES })
  readonly scores!: BoardDefinition['scores'];

  @ApiProperty({ type: 'integer' })
  readonly retentionMs!: number;
}
