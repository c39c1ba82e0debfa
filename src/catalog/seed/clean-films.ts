import { searchText } from '../search-text.js';
import type { DropReason, Film, RawFilm, Repair } from './film.js';
import {
  cleanAmount,
  cleanImdbRating,
  cleanMpaaRating,
  cleanRelease,
  cleanText,
  cleanTitle,
  type Note,
} from './film-rules.js';

/** What became of the rows. */
export interface CleaningReport {
  readonly read: number;
  readonly kept: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** By kind; a row can need several. */
  readonly repaired: Readonly<Partial<Record<Repair, number>>>;
}

/** Turns the rows of the data into products, and tells what it had to do for that. Pure. */
export function cleanFilms(rows: readonly RawFilm[]): { films: Film[]; report: CleaningReport } {
  const dropped: Partial<Record<DropReason, number>> = {};
  const repaired: Partial<Record<Repair, number>> = {};
  const drop = (reason: DropReason) => (dropped[reason] = (dropped[reason] ?? 0) + 1);
  const note = (repair: Repair) => (repaired[repair] = (repaired[repair] ?? 0) + 1);
  const films = new Map<string, Film>();
  for (const row of rows) {
    const film = cleanFilm(row, note);
    if (film === undefined) drop('no title');
    // The same title in the same year is the same film; remakes have another year, and so another id.
    else if (films.has(film.id)) drop('duplicate');
    else films.set(film.id, film);
  }
  const kept = withoutSharedRatings([...films.values()], note);
  return { films: kept, report: { read: rows.length, kept: kept.length, dropped, repaired } };
}

function cleanFilm(row: RawFilm, note: Note): Film | undefined {
  const title = cleanTitle(row.Title, note);
  if (title === undefined) return undefined;
  const releasedOn = cleanRelease(row['Release Date'], note);
  return {
    id: filmId(title, releasedOn),
    title,
    releasedOn,
    genre: cleanText(row['Major Genre'], note),
    director: cleanText(row.Director, note),
    distributor: cleanText(row.Distributor, note),
    mpaaRating: cleanMpaaRating(row['MPAA Rating'], note),
    budgetUsd: cleanAmount(row['Production Budget'], note),
    usGrossUsd: cleanAmount(row['US Gross'], note),
    worldwideGrossUsd: cleanAmount(row['Worldwide Gross'], note),
    imdbRating: cleanImdbRating(row['IMDB Rating'], note),
    imdbVotes: cleanAmount(row['IMDB Votes'], note),
  };
}

/** Made of what identifies a film to people, so that it is the same in every run: `the-land-girls-1998`. */
function filmId(title: string, releasedOn: string | null): string {
  const words = searchText(title)
    .replaceAll('&', ' and ')
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return [...words, ...(releasedOn ? [releasedOn.slice(0, 4)] : [])].join('-') || 'untitled';
}

/**
 * The ratings were joined to the films by a likeness of titles: both films called King Kong have the 132,720 votes of
 * one of them, Jurassic Park 3 those of Jurassic Park, and nothing tells whose they are. A wrong rating is worse than
 * none. (Equal votes alone prove nothing: 'Veronica Guerin' and 'Taking Woodstock' have 8,778 each.)
 */
function withoutSharedRatings(films: readonly Film[], note: Note): Film[] {
  const holders = new Map<string, number>();
  for (const film of films) holders.set(ratingOf(film), (holders.get(ratingOf(film)) ?? 0) + 1);
  return films.map((film) => {
    if (film.imdbVotes === null || holders.get(ratingOf(film)) === 1) return film;
    note('IMDb rating shared by several films');
    return { ...film, imdbRating: null, imdbVotes: null };
  });
}

/** Titles are alike when they begin alike; every pair in the data with one rating does so for seven letters. */
function ratingOf({ title, imdbRating, imdbVotes }: Film): string {
  return JSON.stringify([searchText(title).slice(0, 7), imdbRating, imdbVotes]);
}
