import { Module } from '@nestjs/common';
import { ActiveMarks } from './active-marks.js';
import { ActivityModes } from './activity-modes.js';
import { ActivityController } from './activity.controller.js';
import { ActivityGuard } from './activity.guard.js';
import { ActivityKeys } from './activity.keys.js';
import { ActivityMetrics } from './activity.metrics.js';
import { ActivityService } from './activity.service.js';
import { ApproximateActivity } from './approximate-activity.js';
import { ExactActivity } from './exact-activity.js';

/** Who was active on which day, counted and compared. */
@Module({
  controllers: [ActivityController],
  providers: [
    ActivityService,
    ActivityKeys,
    ActivityModes,
    ActivityMetrics,
    ActivityGuard,
    ActiveMarks,
    ApproximateActivity,
    ExactActivity,
  ],
  exports: [ActivityService, ActiveMarks],
})
export class ActivityModule {}
