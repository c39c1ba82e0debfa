import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Metrics } from './metrics.js';

/** Times every request by method, route and status. */
@Injectable()
export class HttpMetrics {
  private readonly duration;

  constructor(metrics: Metrics) {
    this.duration = metrics.histogram(
      'http_request_duration_seconds',
      'Time from the first byte of a request to its answer.',
      ['method', 'route', 'status'],
    );
  }

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      // The route's pattern, not the path: ids would make a series each.
      const route = request.routeOptions.url ?? 'none';
      this.duration.observe(
        { method: request.method, route, status: reply.statusCode },
        reply.elapsedTime / 1000,
      );
      if (request.log.level === 'debug' || request.log.level === 'trace') {
        const { method, url } = request;
        request.log.debug(
          { method, url, status: reply.statusCode, durationMs: reply.elapsedTime },
          'request',
        );
      }
      done();
    });
  }
}
