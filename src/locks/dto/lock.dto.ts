import { ApiProperty } from '@nestjs/swagger';
import type { LockState } from '../lease-desk.js';

export class HolderDto {
  @ApiProperty({ type: String, nullable: true, description: 'As it was given with the request' })
  readonly owner!: string | null;

  @ApiProperty({ enum: ['exclusive', 'shared'] })
  readonly mode!: 'exclusive' | 'shared';

  @ApiProperty()
  readonly fencingToken!: string;

  @ApiProperty({ format: 'date-time' })
  readonly expiresAt!: string;
}

export class LockDto {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty()
  readonly held!: boolean;

  @ApiProperty({ type: [HolderDto] })
  readonly holders!: readonly HolderDto[];

  @ApiProperty({ type: 'integer', description: 'How many wait, in all replicas' })
  readonly waiting!: number;

  static from({ name, holders, waiting }: LockState): LockDto {
    return {
      name,
      held: holders.length > 0,
      holders: holders.map(({ owner, mode, token, endsAt }) => ({
        owner: owner === '' ? null : owner,
        mode,
        fencingToken: String(token),
        expiresAt: new Date(endsAt).toISOString(),
      })),
      waiting,
    };
  }
}
