import { Module } from '@nestjs/common';

/** Counters: exact, sharded where one key is too hot, or coalesced. */
@Module({})
export class CountersModule {}
