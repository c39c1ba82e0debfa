export { createLogger, PinoLoggerService } from './logs/logger.js';
export { HttpMetrics } from './metrics/http-metrics.js';
export { Metrics, type Tally } from './metrics/metrics.js';
export { ObservabilityModule } from './observability.module.js';
