import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { INT64_SCHEMA } from '../../dto/is-int64.js';
import { type JsonInt64, toJsonInt64 } from '../../int64.js';
import type { CounterWindow } from '../windows.js';

class CounterWindowDto {
  @ApiProperty({ format: 'date-time' })
  readonly startsAt!: string;

  @ApiProperty(INT64_SCHEMA)
  readonly count!: JsonInt64;
}

export class CounterDto {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ ...INT64_SCHEMA, description: 'A decimal string where a number would not be exact' })
  readonly value!: JsonInt64;

  @ApiPropertyOptional({ type: [CounterWindowDto], description: 'Oldest first, none where none are kept' })
  readonly windows?: readonly CounterWindowDto[];

  static from(name: string, value: bigint, windows?: readonly CounterWindow[]): CounterDto {
    return {
      name,
      value: toJsonInt64(value),
      windows: windows?.map(({ startsAt, count }) => ({
        startsAt: new Date(startsAt).toISOString(),
        count: toJsonInt64(count),
      })),
    };
  }
}
