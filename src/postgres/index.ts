export { EmbeddedPostgres } from './embedded/embedded-postgres.js';
export { DatabaseUnavailableError } from './postgres.errors.js';
export { type FeatureMigrations, Migrations } from './postgres.migrations.js';
export { PostgresModule } from './postgres.module.js';
export { Postgres } from './postgres.service.js';
