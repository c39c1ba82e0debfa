import { ApiProperty } from '@nestjs/swagger';
import { ANY_JSON_SCHEMA } from '../../http/index.js';
import { type JsonInt64, toJsonInt64 } from '../int64.js';
import type { MemberStanding, Neighbours, StandingAmong, TopPage } from '../leaderboard-queries.js';
import type { Standing } from '../standing.js';
import { INT64_SCHEMA } from './is-int64.js';

export class StandingDto {
  @ApiProperty({ type: 'integer', minimum: 1, description: '1 is the best' })
  readonly rank!: number;

  @ApiProperty()
  readonly member!: string;

  @ApiProperty(INT64_SCHEMA)
  readonly score!: JsonInt64;

  @ApiProperty({ ...ANY_JSON_SCHEMA, description: 'Any JSON; null where none is kept' })
  readonly metadata!: unknown;

  static from({ rank, member, score, metadata }: Standing): StandingDto {
    return { rank, member, score: toJsonInt64(score), metadata };
  }
}

export class MemberStandingDto extends StandingDto {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Members of the window' })
  readonly total!: number;

  @ApiProperty({
    description: '100 for the best, 0 for the worst: the share of the others that are ranked below',
  })
  readonly percentile!: number;

  static override from(standing: MemberStanding): MemberStandingDto {
    const { total, percentile } = standing;
    return { ...StandingDto.from(standing), total, percentile };
  }
}

export class TopDto {
  @ApiProperty({ type: [StandingDto] })
  readonly items!: StandingDto[];

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Members of the window' })
  readonly total!: number;

  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;

  static from({ items, total, nextCursor }: TopPage): TopDto {
    return { items: items.map((each) => StandingDto.from(each)), total, nextCursor };
  }
}

export class NeighboursDto {
  @ApiProperty({ type: [StandingDto], description: 'The member among them' })
  readonly items!: StandingDto[];

  @ApiProperty({ type: 'integer', minimum: 1 })
  readonly total!: number;

  static from({ items, total }: Neighbours): NeighboursDto {
    return { items: items.map((each) => StandingDto.from(each)), total };
  }
}

export class StandingAmongDto extends StandingDto {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Among the members asked for' })
  readonly rankAmong!: number;
}

export class RanksDto {
  @ApiProperty({ type: [StandingAmongDto], description: 'The best first, without those who are not ranked' })
  readonly items!: StandingAmongDto[];

  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly total!: number;

  static from({ items, total }: { items: readonly StandingAmong[]; total: number }): RanksDto {
    return {
      items: items.map((each) => ({ ...StandingDto.from(each), rankAmong: each.rankAmong })),
      total,
    };
  }
}
