import { SetMetadata } from '@nestjs/common';
import { COUNTS_VIEW, type CountedView } from '../counters.starter.js';
import type { CountOptions } from '../counters.service.js';

/**
 * Counts a view whenever the route has answered with success or 304, from the cache as well, as `CountersService.count` does: no
 * round trip. HEAD is no view. It counts while CountersModule is part of the app.
 *
 * @param template the counter's name; `{id}` is the path parameter. One that its path has not keeps the app from starting.
 */
export function CountsView(template: string, options: CountOptions = {}): MethodDecorator {
  return SetMetadata(COUNTS_VIEW, { template, options } satisfies CountedView);
}
