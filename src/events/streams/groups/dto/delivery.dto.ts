import { ApiProperty } from '@nestjs/swagger';
import type { CloudEvent } from '../../cloud-event.js';
import type { LeasedDelivery } from '../groups.service.js';

export class DeliveryDto {
  @ApiProperty({ description: 'Of the event in the stream' })
  readonly id!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'A CloudEvent 1.0' })
  readonly event!: CloudEvent;

  @ApiProperty({ type: 'integer', minimum: 1 })
  readonly deliveryCount!: number;

  @ApiProperty({ format: 'date-time', description: 'Not acknowledged by then, it is delivered again' })
  readonly leaseExpiresAt!: string;
}

export class DeliveriesDto {
  @ApiProperty({ type: [DeliveryDto] })
  readonly items!: DeliveryDto[];

  static from(deliveries: readonly LeasedDelivery[]): DeliveriesDto {
    return {
      items: deliveries.map(({ leaseExpiresAt, ...delivery }) => ({
        ...delivery,
        leaseExpiresAt: new Date(leaseExpiresAt).toISOString(),
      })),
    };
  }
}
