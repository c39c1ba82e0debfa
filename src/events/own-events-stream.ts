import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../config/index.js';
import { type OwnEvent, OwnEvents } from '../http/index.js';
import { StateStoreUnavailableError } from '../redis/index.js';
import { Retention } from './streams/retention/retention.js';
import { StreamsService } from './streams/streams.service.js';

const STREAM = 'holdfast';

/**
 * Publishes what the other features tell of themselves to a stream, unless OWN_EVENTS is false. In the background, and at most
 * once: what has happened is not undone because Redis does not take its event. Unless a group needs more, EVENTS_KEPT of them stay.
 */
@Injectable()
export class OwnEventsStream implements OnModuleInit {
  private readonly logger = new Logger('Events');

  constructor(
    private readonly settings: Settings,
    private readonly streams: StreamsService,
    private readonly retention: Retention,
    private readonly ownEvents: OwnEvents,
  ) {}

  onModuleInit(): void {
    if (!this.settings.ownEvents) return;
    this.ownEvents.publishWith((event) => void this.publish(event));
    this.retention.keepForGroups(STREAM);
  }

  private async publish(event: OwnEvent): Promise<void> {
    try {
      await this.streams.publish(STREAM, event);
    } catch (error) {
      // Counted and reported by whoever talks to Redis.
      if (error instanceof StateStoreUnavailableError) return;
      this.logger.warn(`${event.type} was not published: ${(error as Error).message}`);
    }
  }
}
