import { ApiProperty } from '@nestjs/swagger';
import type { DeviceSession } from '../session.js';
import { DeviceDto } from './device.dto.js';

/** A session as the REST contract shows it. */
export class SessionDto {
  @ApiProperty({ description: 'Names the session; not a credential' })
  readonly id!: string;

  @ApiProperty()
  readonly userId!: string;

  @ApiProperty({ type: [String] })
  readonly roles!: readonly string[];

  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly data!: Readonly<Record<string, unknown>>;

  @ApiProperty({ type: DeviceDto })
  readonly device!: DeviceDto;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  readonly lastSeenAt!: string;

  @ApiProperty({ format: 'date-time' })
  readonly expiresAt!: string;

  @ApiProperty({ format: 'date-time' })
  readonly absoluteExpiresAt!: string;

  /** What else the session knows is for the team's own code. */
  static from(session: DeviceSession): SessionDto {
    const { id, userId, roles, data, device } = session;
    return {
      id,
      userId,
      roles,
      data,
      device,
      createdAt: toInstant(session.createdAt),
      lastSeenAt: toInstant(session.lastSeenAt),
      expiresAt: toInstant(session.expiresAt),
      absoluteExpiresAt: toInstant(session.absoluteExpiresAt),
    };
  }
}

function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
