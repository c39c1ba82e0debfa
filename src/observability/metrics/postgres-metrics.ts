import { Inject, Injectable, Optional } from '@nestjs/common';
import { Postgres } from '../../postgres/index.js';
import { Metrics } from './metrics.js';

/** How much work reaches the database: what the cache is there to keep small. */
@Injectable()
export class PostgresMetrics {
  constructor(metrics: Metrics, @Optional() @Inject(Postgres) postgres?: Postgres) {
    if (!postgres) return;
    metrics.gauge('postgres_statements', 'Statements sent since the start.', [], (gauge) =>
      gauge.set(postgres.queries),
    );
  }
}
