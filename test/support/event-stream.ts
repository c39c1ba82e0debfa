import { get, type IncomingMessage } from 'node:http';
import { waitFor } from './wait-for.js';

export interface ReceivedEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** A client of server-sent events that shows what it is sent: one connection, which does not come back by itself. */
export class EventStream {
  readonly events: ReceivedEvent[] = [];
  heartbeats = 0;
  isOpen = false;
  isClosed = false;
  private text = '';

  private constructor(private readonly response: IncomingMessage) {
    this.isOpen = true;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.take(chunk));
    response.on('error', () => undefined);
    response.once('close', () => (this.isClosed = true));
  }

  static open(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const request = get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
      request.once('response', (response) => {
        if (response.statusCode === 200) return resolve(new EventStream(response));
        response.resume();
        reject(new Error(`answered ${response.statusCode}`));
      });
      request.on('error', reject);
    });
  }

  get headers(): IncomingMessage['headers'] {
    return this.response.headers;
  }

  get lastId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /** The data of the events, without gaps. */
  get data(): unknown[] {
    const own = this.events.filter(({ event }) => event === undefined);
    return own.map(({ data }) => (JSON.parse(data) as { data?: unknown }).data);
  }

  get gaps(): unknown[] {
    return this.events.filter(({ event }) => event === 'gap').map(({ data }) => JSON.parse(data) as unknown);
  }

  async received(count: number): Promise<void> {
    const what = `${count} events`;
    await waitFor(() => this.events.length >= count, { what, timeoutMs: 30_000 });
  }

  cut(): void {
    this.response.destroy();
  }

  private take(chunk: string): void {
    const frames = (this.text + chunk).split('\n\n');
    this.text = frames.pop() ?? '';
    for (const frame of frames) {
      if (frame === ':') this.heartbeats += 1;
      const lines = frame.split('\n').map((line) => /^([a-z]*):? ?(.*)$/.exec(line) ?? []);
      const of = (name: string) => lines.filter((line) => line[1] === name).map((line) => line[2]);
      const data = of('data');
      if (data.length > 0)
        this.events.push({ id: of('id')[0], event: of('event')[0], data: data.join('\n') });
    }
  }
}
