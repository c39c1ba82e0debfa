import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RawFilm } from './film.js';

/** The films are not there; a production installation does not have them. */
export class FilmsMissingError extends Error {
  constructor(options: ErrorOptions) {
    super(
      'The films come with the package vega-datasets, which is a development dependency and not installed here.',
      options,
    );
    this.name = 'FilmsMissingError';
  }
}

/**
 * The rows of movies.json as they are.
 *
 * @throws FilmsMissingError
 */
export async function readFilms(): Promise<RawFilm[]> {
  return JSON.parse(await readFile(filmsPath(), 'utf8')) as RawFilm[];
}

/** The package exports its code only; the data stands beside it. */
function filmsPath(): string {
  try {
    return join(dirname(require.resolve('vega-datasets')), '../data/movies.json');
  } catch (cause) {
    throw new FilmsMissingError({ cause });
  }
}
