import { Injectable, Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Settings } from '../../config/index.js';
import { Metrics } from './metrics.js';

/** Times every request by method, route and status; at the level debug, logs it as well. */
@Injectable()
export class HttpMetrics {
  private readonly duration;
  private readonly logger = new Logger('Http');
  private readonly logs: boolean;

  constructor(metrics: Metrics, { logLevel }: Settings) {
    this.logs = logLevel === 'debug' || logLevel === 'trace';
    this.duration = metrics.histogram(
      'http_request_duration_seconds',
      'Time from the first byte of a request to its answer.',
      ['method', 'route', 'status'],
    );
  }

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const { method, id: requestId } = request;
      const { statusCode: status, elapsedTime: durationMs } = reply;
      // The route's pattern, not the path: ids would make a series each.
      const route = request.routeOptions.url ?? 'none';
      this.duration.observe({ method, route, status }, durationMs / 1000);
      if (!this.logs) return done();
      // Without its query, which may hold what is nobody's business.
      const path = request.url.split('?', 1)[0];
      this.logger.debug({ requestId, method, path, status, durationMs });
      done();
    });
  }
}
