import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import type { PoolConfig } from 'pg';
import { DataFolder } from '../../config/index.js';
import { PgliteStream, type WireDatabase } from './pglite-stream.js';

/** Stands in a database folder once it is complete; without it the first start was cut short. */
const COMPLETE = 'holdfast.complete';

interface EmbeddedDatabase extends WireDatabase {
  close(): Promise<void>;
}

/**
 * The Postgres that the app runs in its own process when DATABASE_URL is unset: PGlite, which is Postgres
 * compiled to WebAssembly. For development and for tests: it has one session, and does not fsync.
 */
@Injectable()
export class EmbeddedPostgres {
  private database?: Promise<EmbeddedDatabase>;

  constructor(private readonly folder: DataFolder) {}

  /**
   * Opens the database in DATA_DIR/postgres, once; the first time this takes seconds.
   *
   * @returns what makes a pg pool talk to it.
   * @throws DataFolderInUseError
   */
  async start(): Promise<PoolConfig> {
    const database = await (this.database ??= this.open());
    return {
      stream: () => new PgliteStream(database),
      max: 1,
      ssl: false,
      host: 'embedded',
      user: 'postgres',
      database: 'postgres',
    };
  }

  async stop(): Promise<void> {
    const database = await this.database?.catch(() => undefined);
    await database?.close();
  }

  private async open(): Promise<EmbeddedDatabase> {
    const folder = join(await this.folder.claim(), 'postgres');
    const complete = join(folder, COMPLETE);
    if (!existsSync(complete)) rmSync(folder, { recursive: true, force: true });
    // Imported here: a start with DATABASE_URL does not load Postgres into this process.
    const { PGlite } = await import('@electric-sql/pglite');
    const startedAt = performance.now();
    const database = await PGlite.create(folder).catch((cause: unknown) => {
      throw new Error(
        `The embedded database in ${folder} does not open; without the folder a new one is made`,
        {
          cause,
        },
      );
    });
    writeFileSync(complete, '');
    const tookMs = Math.round(performance.now() - startedAt);
    new Logger('Postgres').log(`embedded PGlite opened in ${tookMs} ms, files in ${folder}`);
    return database;
  }
}
