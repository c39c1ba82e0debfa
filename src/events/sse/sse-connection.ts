import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Proxies cut what is silent for half a minute or more, and a client that is gone is noticed by a write. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = Buffer.from(':\n\n');
/** A client comes back after so long. */
const OPENING = 'retry: 1000\n\n';
/** A client that reads so much more slowly than there is to read is cut; it comes back and goes on where it was. */
const MAX_WAITING_BYTES = 1_048_576;

/** All that are open: one timer is enough for them. */
const open = new Set<SseConnection>();
let cut = 0;

/** The clients of this process: how many are connected, and how many were cut because they did not read. */
export const sseClients = (): { connected: number; cut: number } => ({ connected: open.size, cut });

/**
 * Server-sent events to one client, https://html.spec.whatwg.org/multipage/server-sent-events.html. What is written is a whole frame, or
 * more of them: one buffer serves any number of clients.
 */
export class SseConnection {
  private readonly raw: ServerResponse;
  private readonly done: Promise<void>;

  /** Answers 200, and takes the answer out of Fastify's hands. */
  constructor(reply: FastifyReply) {
    reply.hijack();
    this.raw = reply.raw;
    this.done = new Promise((resolve) => this.raw.once('close', resolve));
    this.raw.once('close', () => open.delete(this));
    if (this.isClosed) return;
    this.raw.writeHead(200, {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    } as Record<string, string>);
    this.raw.write(OPENING);
    open.add(this);
    beat();
  }

  get isClosed(): boolean {
    return this.raw.destroyed || this.raw.writableEnded;
  }

  /** Resolves when the client is gone, or was cut, or the server ends. */
  get closed(): Promise<void> {
    return this.isClosed && this.raw.closed ? Promise.resolve() : this.done;
  }

  /** Cuts a client that does not read. */
  send(frames: Buffer): void {
    if (this.isClosed || frames.length === 0) return;
    if (this.raw.write(frames) || this.raw.writableLength <= MAX_WAITING_BYTES + frames.length) return;
    cut += 1;
    this.cut();
  }

  /** Resolves when the client has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    if (this.isClosed || !this.raw.writableNeedDrain) return;
    await Promise.race([new Promise<void>((resolve) => this.raw.once('drain', resolve)), this.done]);
  }

  /** Ends the connection; the client comes back. */
  cut(): void {
    this.raw.destroy();
  }
}

let timer: NodeJS.Timeout | undefined;

function beat(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    for (const connection of open) connection.send(HEARTBEAT);
    if (open.size > 0) beat();
  }, HEARTBEAT_MS).unref();
}
