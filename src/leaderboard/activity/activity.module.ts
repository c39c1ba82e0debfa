import { Module } from '@nestjs/common';

/** Who was active on which day, counted and compared. */
@Module({})
export class ActivityModule {}
