import { Global, Module } from '@nestjs/common';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { Postgres } from './postgres.service.js';

/** Gives every feature the same database: the pool, the migrations and the failure policy of it. */
@Global()
@Module({ providers: [EmbeddedPostgres, Postgres], exports: [Postgres] })
export class PostgresModule {}
