import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';
import { sseClients } from './sse-connection.js';

/** Shows how many clients of server-sent events there are, and counts those that were too slow. */
@Injectable()
export class SseMetrics {
  private counted = sseClients().cut;

  constructor(metrics: Metrics) {
    const connected = 'Clients of server-sent events that are connected.';
    metrics.gauge('sse_clients', connected, [], (gauge) => gauge.set(sseClients().connected));
    const tooSlow = 'Clients of server-sent events that were cut because they did not read.';
    metrics.counter('sse_clients_cut_total', tooSlow, [], (counter) => {
      const { cut } = sseClients();
      counter.inc(cut - this.counted);
      this.counted = cut;
    });
  }
}
