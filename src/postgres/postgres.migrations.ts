import { Logger } from '@nestjs/common';
import { type Kysely, type Migration, Migrator, sql } from 'kysely';

/** By name; a name sorts after all that came before it: `001-products`, `002-reviews`. */
export type FeatureMigrations = Readonly<Record<string, Migration>>;

/**
 * The migrations of every feature. Each feature has its own history table, so that one can be added or removed
 * without a word from the others.
 */
export class Migrations {
  private readonly features = new Map<string, FeatureMigrations>();
  private readonly logger = new Logger('Postgres');
  private started = false;

  /** True while no feature has tables. */
  get none(): boolean {
    return this.features.size === 0;
  }

  /**
   * To be called in the constructor of a provider or module: they are run right after.
   *
   * @param feature begins the names of its tables; letters, digits and `_`.
   */
  register(feature: string, migrations: FeatureMigrations): void {
    if (!/^[a-z][a-z0-9_]{0,40}$/.test(feature)) throw new Error(`Not a name for tables: ${feature}`);
    if (this.started) throw new Error(`The migrations of ${feature} are registered too late, after the boot`);
    if (this.features.has(feature)) throw new Error(`The migrations of ${feature} are registered twice`);
    this.features.set(feature, migrations);
  }

  /** Runs what is missing, one replica at a time: Kysely's Migrator holds an advisory lock meanwhile. */
  async run(db: Kysely<unknown>): Promise<void> {
    this.started = true;
    for (const [feature, migrations] of this.features) await this.runFeature(db, feature, migrations);
  }

  private async runFeature(
    db: Kysely<unknown>,
    feature: string,
    migrations: FeatureMigrations,
  ): Promise<void> {
    const table = `${feature}_migrations`;
    const known = { ...(await newerMigrations(db, table, migrations)), ...migrations };
    const migrator = new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve(known) },
      migrationTableName: table,
      migrationLockTableName: `${table}_lock`,
    });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) throw error;
    for (const { migrationName } of results) this.logger.log(`migrated ${feature}: ${migrationName}`);
  }
}

/**
 * What a newer version of the app has done to the database. An older replica that starts while a roll-out, or
 * a roll-back, is under way takes it as done; Kysely alone would refuse to start.
 */
async function newerMigrations(
  db: Kysely<unknown>,
  table: string,
  migrations: FeatureMigrations,
): Promise<Record<string, Migration>> {
  const found = await sql<{ exists: boolean }>`select to_regclass(${table}) is not null as exists`.execute(
    db,
  );
  if (!found.rows[0]?.exists) return {};
  const last = Object.keys(migrations).toSorted().at(-1) ?? '';
  const newer = await sql<{
    name: string;
  }>`select name from ${sql.table(table)} where name > ${last}`.execute(db);
  return Object.fromEntries(newer.rows.map(({ name }) => [name, { up: () => Promise.resolve() }]));
}
