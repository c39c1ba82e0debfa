/** Data for `emit` and `send` that goes with a key: events of one key are handled in their order. */
export class RedisStreamsRecord<T = unknown> {
  constructor(
    readonly data: T,
    readonly key: string,
  ) {}
}
