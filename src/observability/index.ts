export { createLogger, PinoLoggerService } from './logs/logger.js';
export { HttpMetrics } from './metrics/http-metrics.js';
export { Metrics } from './metrics/metrics.js';
export { ObservabilityModule } from './observability.module.js';
