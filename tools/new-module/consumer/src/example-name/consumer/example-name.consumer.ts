import { Injectable } from '@nestjs/common';
import { type CloudEvent, OnStream, type StreamContext } from '../../events/index.js';
import { ConsumerKeys } from './consumer.keys.js';

const TTL_MS = 86_400_000;

/** Counts the events of the stream `example-stream` by their types. Injectable. */
@Injectable()
export class ExampleNameConsumer {
  constructor(private readonly keys: ConsumerKeys) {}

  /**
   * Called by one replica for each event, and again when it fails or the replica dies: the count and the acknowledgement are one
   * script, so an event that comes again is not counted again. One round trip, O(1).
   *
   * @throws StateStoreUnavailableError, and the event comes again.
   */
  @OnStream('example-stream', { group: 'example-name' })
  async count({ type }: CloudEvent, context: StreamContext): Promise<void> {
    const tally = this.keys.tally(context.stream);
    await context.applyOnce([
      ['HINCRBY', tally, type, 1],
      ['PEXPIRE', tally, TTL_MS],
    ]);
  }
}
