import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import type { MarkedActivity } from '../active-marks.js';
import { ActivityGuard, MARKS_ACTIVE } from '../activity.guard.js';

/**
 * Marks the user of the session as active on each request that its guards let through; a request without a session marks
 * nobody. It costs the request no round trip: marks are sent together, within a second, one a user, activity and day. The
 * module of the controller imports LeaderboardModule.
 *
 * @param activity 1 to 256 bytes, any characters.
 * @param options.mode `approximate` for one that is counted by HyperLogLog; default: the mode that the activity has.
 */
export function MarksActive(
  activity: string,
  options: Pick<MarkedActivity, 'mode'> = {},
): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(MARKS_ACTIVE, { activity, ...options } satisfies MarkedActivity),
    UseGuards(ActivityGuard),
  );
}
