import { Injectable } from '@nestjs/common';
import { CatalogRepository } from '../catalog.repository.js';
import { type CleaningReport, cleanFilms } from './clean-films.js';
import { readFilms } from './read-films.js';

/** Rows a statement: enough that the round trips do not count, little enough that a progress bar moves. */
const BATCH = 200;

export interface SeedReport extends CleaningReport {
  readonly inserted: number;
  readonly updated: number;
  /** As they were, or left to an editor who has changed them. */
  readonly untouched: number;
}

export interface SeedOptions {
  /** Called before the first and after each batch. */
  readonly onProgress?: (written: number, total: number) => void;
}

/** Fills the catalog with the films of vega-datasets. */
@Injectable()
export class CatalogSeeder {
  constructor(private readonly catalog: CatalogRepository) {}

  /**
   * Writes every film; to do it again changes nothing. A query for each 200 films.
   *
   * @throws FilmsMissingError in an installation without development dependencies; DatabaseUnavailableError.
   */
  async seed({ onProgress }: SeedOptions = {}): Promise<SeedReport> {
    const { films, report } = cleanFilms(await readFilms());
    let inserted = 0;
    let updated = 0;
    onProgress?.(0, films.length);
    for (let start = 0; start < films.length; start += BATCH) {
      const batch = films.slice(start, start + BATCH);
      const written = await this.catalog.upsert(batch);
      inserted += written.inserted;
      updated += written.updated;
      onProgress?.(start + batch.length, films.length);
    }
    return { ...report, inserted, updated, untouched: films.length - inserted - updated };
  }

  /** {@link seed} unless there is a product; undefined when there is. */
  async seedIfEmpty(options?: SeedOptions): Promise<SeedReport | undefined> {
    return (await this.catalog.isEmpty()) ? this.seed(options) : undefined;
  }
}
