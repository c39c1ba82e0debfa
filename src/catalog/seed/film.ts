/** A row of movies.json, by its own column names. Any of them can be missing, null, or of another type. */
export interface RawFilm {
  readonly Title?: unknown;
  readonly 'US Gross'?: unknown;
  readonly 'Worldwide Gross'?: unknown;
  readonly 'Production Budget'?: unknown;
  readonly 'Release Date'?: unknown;
  readonly 'MPAA Rating'?: unknown;
  readonly Distributor?: unknown;
  readonly 'Major Genre'?: unknown;
  readonly Director?: unknown;
  readonly 'IMDB Rating'?: unknown;
  readonly 'IMDB Votes'?: unknown;
}

/** A film that is fit to be a product. */
export interface Film {
  readonly id: string;
  readonly title: string;
  readonly releasedOn: string | null;
  readonly genre: string | null;
  readonly director: string | null;
  readonly distributor: string | null;
  readonly mpaaRating: string | null;
  readonly budgetUsd: number | null;
  readonly usGrossUsd: number | null;
  readonly worldwideGrossUsd: number | null;
  readonly imdbRating: number | null;
  readonly imdbVotes: number | null;
}

/** Why a row was left out. */
export type DropReason = 'no title' | 'duplicate';

/** What was put right in a row, or emptied because it could not be. */
export type Repair =
  | 'title was a number'
  | 'title in a wrong encoding'
  | 'article behind the title'
  | 'superfluous spaces'
  | 'number as text'
  | 'unreadable number'
  | 'amount of zero'
  | 'release in a wrong century'
  | 'unreadable release'
  | 'unknown MPAA rating'
  | 'IMDb rating shared by several films';
