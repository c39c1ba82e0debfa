import type { ServerResponse } from 'node:http';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Settings } from '../../config/index.js';
import { InFlight } from './in-flight.js';

/** Kept of the timeout for what comes after the HTTP server: Redis, Postgres, the log. */
const RESERVE_SHARE = 0.2;

/** Event streams and idle connections that appear while the server drains are ended this often. */
const SWEEP_INTERVAL_MS = 50;

/**
 * Ends the process without a failed request. In order: readiness turns false; event streams end; requests in
 * flight finish, and each answer closes its connection; idle connections close; then Nest closes the server,
 * and the stores after it. All within SHUTDOWN_TIMEOUT_MS.
 */
@Injectable()
export class GracefulShutdown implements BeforeApplicationShutdown {
  private readonly inFlight = new InFlight();
  private readonly logger = new Logger('Shutdown');
  private drained?: () => void;
  private isDraining = false;

  constructor(
    private readonly settings: Settings,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** True from the signal on. */
  get draining(): boolean {
    return this.isDraining;
  }

  /** Follows every request from its first byte to the end of its answer. */
  watch(fastify: FastifyInstance): void {
    const finished = (response: ServerResponse) => this.finished(response);
    fastify.addHook('onRequest', (_request, { raw }, done) => {
      this.inFlight.add(raw);
      raw.once('close', function (this: ServerResponse) {
        finished(this);
      });
      if (this.isDraining) raw.setHeader('connection', 'close');
      done();
    });
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    const { httpAdapter } = this.adapterHost;
    // A command works in a context without a server.
    if (!httpAdapter) return;
    const startedAt = performance.now();
    this.isDraining = true;
    if (signal) this.exitAtDeadline();
    const server = httpAdapter.getHttpServer() as import('node:http').Server;
    const pending = this.inFlight.size;
    const sweep = () => {
      this.endInFlight();
      server.closeIdleConnections();
    };
    sweep();
    const sweeping = setInterval(sweep, SWEEP_INTERVAL_MS);
    const clean = await this.untilDrained(this.settings.shutdownTimeoutMs * (1 - RESERVE_SHARE));
    clearInterval(sweeping);
    if (!clean) this.logger.warn(`${this.inFlight.size} requests did not finish in time and were cut`);
    server.closeAllConnections();
    const tookMs = Math.round(performance.now() - startedAt);
    this.logger.log(`${signal ?? 'close'}: drained ${pending} requests in ${tookMs} ms`);
  }

  private finished(response: ServerResponse): void {
    this.inFlight.delete(response);
    if (this.inFlight.size === 0) this.drained?.();
  }

  private untilDrained(timeoutMs: number): Promise<boolean> {
    if (this.inFlight.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.drained = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  /** Each answer closes its connection; an event stream, which has no end of its own, ends now. */
  private endInFlight(): void {
    for (const response of this.inFlight) {
      if (!response.headersSent) response.setHeader('connection', 'close');
      else if (isEventStream(response)) endEventStream(response);
    }
  }

  /** Nothing that hangs on the way out outlives the timeout. */
  private exitAtDeadline(): void {
    setTimeout(() => {
      this.logger.error('shutdown did not finish in time');
      process.exit(1);
    }, this.settings.shutdownTimeoutMs).unref();
  }
}

/** Headers given to writeHead() are not kept where getHeader() finds them, only in the head that was sent. */
function isEventStream(response: ServerResponse): boolean {
  const { _header: head } = response as unknown as { _header?: string };
  return /\r\ncontent-type: *text\/event-stream/i.test(head ?? '');
}

/** The last chunk goes out, then the connection closes, from which the route learns that its client is gone. */
function endEventStream(response: ServerResponse): void {
  if (response.writableEnded) return;
  // An event that the route still writes meanwhile is lost and no fault.
  response.on('error', () => undefined).end();
  response.socket?.destroySoon();
}
