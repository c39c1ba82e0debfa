import { Injectable, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SseConnection } from '../../sse/sse-connection.js';
import { checkEntryId } from '../entry-id.js';
import { Inbox } from '../inbox.js';
import { StreamReader } from '../stream-reader.js';
import { StreamsKeys } from '../streams.keys.js';
import { StreamsMetrics } from '../streams.metrics.js';
import { LiveClient, PAGE } from './live-client.js';
import { Tail } from './tail.js';

interface LiveStream {
  readonly tail: Tail;
  readonly forget: () => void;
  clients: number;
}

/** Sends streams to clients as server-sent events: what they have not seen, and then what comes. */
@Injectable()
export class LiveStreams {
  private readonly streams = new Map<string, LiveStream>();
  private readonly logger = new Logger('Streams');

  constructor(
    private readonly reader: StreamReader,
    private readonly inbox: Inbox,
    private readonly keys: StreamsKeys,
    metrics: StreamsMetrics,
  ) {
    metrics.showFollowers(() => [...this.streams.values()].reduce((sum, { clients }) => sum + clients, 0));
  }

  /**
   * Until the client is gone. Two round trips before it is answered, O(1) and a page; then a page each until it is up to date, and
   * none of its own from there on.
   *
   * @param after the id that it has seen last; only what is new, unless given.
   * @throws ValidationFailedError, StateStoreUnavailableError: before it is answered, not afterwards.
   */
  async serve(stream: string, after: string | undefined, reply: FastifyReply): Promise<void> {
    const seen = after === undefined ? undefined : checkEntryId('after', after);
    const live = this.streams.get(stream) ?? this.begin(stream);
    live.clients += 1;
    try {
      const [end, page] = await Promise.all([
        live.tail.end(),
        seen === undefined ? undefined : this.reader.read(stream, seen, PAGE),
      ]);
      const connection = new SseConnection(reply);
      const client = new LiveClient(this.reader, live.tail, connection, stream, seen ?? end);
      await client.serve(page).catch((error: Error) => {
        this.logger.error(error);
        connection.cut();
      });
    } finally {
      live.clients -= 1;
      if (live.clients === 0) this.finish(stream, live);
    }
  }

  private begin(stream: string): LiveStream {
    const tail = new Tail(this.reader, stream);
    const forget = this.inbox.onWake(this.keys.stream(stream), () => tail.look());
    const live = { tail, forget, clients: 0 };
    this.streams.set(stream, live);
    return live;
  }

  private finish(stream: string, { tail, forget }: LiveStream): void {
    this.streams.delete(stream);
    forget();
    tail.close();
  }
}
