import type { Repair } from './film.js';

/** Is told of everything that a rule changes. */
export type Note = (repair: Repair) => void;

/** The films of the data end here: its newest, rightly dated one came out on 2011-12-23. */
const LAST_YEAR = 2011;

const MPAA_RATINGS = new Set(['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated']);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * @returns undefined without a title: such a row names no film.
 */
export function cleanTitle(value: unknown, note: Note): string | undefined {
  // 300, 1941 and 2012 are titles, which whoever made the JSON took for numbers.
  if (typeof value === 'number') note('title was a number');
  const text = cleanText(typeof value === 'number' ? String(value) : value, note);
  if (text === null) return undefined;
  return articleFirst(readAsWindows1252(text, note), note);
}

/** Spaces at the ends and double ones within are slips of whoever typed them. Empty text says nothing. */
export function cleanText(value: unknown, note: Note): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().replace(/\s+/g, ' ');
  if (text !== value && text !== '') note('superfluous spaces');
  return text || null;
}

/**
 * The accents of the data were Windows-1252 bytes that were read as Mac OS Roman: é became È, 'Amélie' became
 * 'AmÈlie', '2½' became '2Ω'. Going back over the bytes restores them. A lower-case accented letter cannot come out of
 * that mistake, so a title with one, or with a real ellipsis, is right as it is; and so is a character that Mac OS Roman
 * does not have ('Alien³').
 */
function readAsWindows1252(text: string, note: Note): string {
  if (/[à-öø-ÿ…]/.test(text)) return text;
  const repaired = text.replace(/[^\x20-\x7e]/g, (character) => MISREAD.get(character) ?? character);
  if (repaired !== text) note('title in a wrong encoding');
  return repaired;
}

/** What Mac OS Roman shows for a byte, to what Windows-1252 means by it. From 0xA0 on that is Latin-1. */
const MISREAD: ReadonlyMap<string, string> = (() => {
  const bytes = Uint8Array.from({ length: 0x60 }, (_, index) => 0xa0 + index);
  const shown = [...new TextDecoder('macintosh').decode(bytes)];
  const meant = Buffer.from(bytes).toString('latin1');
  return new Map([...shown.map((character, index) => [character, meant[index]] as const), ['Ö', '…']]);
})();

/** 'Secret, The' is how a library sorts; people look for 'The Secret', and most titles of the data begin like that. */
function articleFirst(title: string, note: Note): string {
  const match = /^(.+), (The|A|An|Les|La|Le)$/.exec(title);
  if (!match) return title;
  note('article behind the title');
  return `${match[2]} ${match[1]}`;
}

/**
 * Amounts and votes. Nobody counted to exactly nothing: a zero in the data means that the number is not known, and
 * as 0 it would lead every list of the least successful films.
 */
export function cleanAmount(value: unknown, note: Note): number | null {
  const amount = cleanNumber(value, note);
  if (amount === 0) note('amount of zero');
  return amount !== null && Number.isSafeInteger(amount) && amount > 0 ? amount : null;
}

/** Older versions of the data have numbers in quotes, and 'Unknown' among them. */
export function cleanNumber(value: unknown, note: Note): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'string') return null;
  const isNumber = /^\d+(\.\d+)?$/.test(value.trim());
  note(isNumber ? 'number as text' : 'unreadable number');
  return isNumber ? Number(value) : null;
}

/** IMDb rates from 1 to 10; anything else is not a rating. */
export function cleanImdbRating(value: unknown, note: Note): number | null {
  const rating = cleanNumber(value, note);
  return rating !== null && rating >= 1 && rating <= 10 ? rating : null;
}

/** 'Open' stands among the ratings, and is none of the MPAA's. */
export function cleanMpaaRating(value: unknown, note: Note): string | null {
  const rating = cleanText(value, note);
  if (rating === null || MPAA_RATINGS.has(rating)) return rating;
  note('unknown MPAA rating');
  return null;
}

/**
 * 'Jun 12 1998', and in older versions of the data '12-Jun-98'. All were made from two-digit years: 'The Wizard of Oz'
 * of 1939 is dated 2039. What lies beyond the end of the data belongs a century earlier.
 *
 * @returns YYYY-MM-DD.
 */
export function cleanRelease(value: unknown, note: Note): string | null {
  const text = cleanText(value, note);
  if (text === null) return null;
  const date = parseDate(text);
  if (date === undefined) {
    note('unreadable release');
    return null;
  }
  const year = inDataCentury(date.year);
  if (year !== date.year) note('release in a wrong century');
  return isoDate({ ...date, year });
}

function inDataCentury(year: number): number {
  return year > LAST_YEAR ? year - 100 : year;
}

interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function parseDate(text: string): CalendarDate | undefined {
  const long = /^(?<month>[A-Z][a-z]{2}) (?<day>\d{1,2}) (?<year>\d{4})$/.exec(text)?.groups;
  const short = /^(?<day>\d{1,2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2})$/.exec(text)?.groups;
  const parts = long ?? short;
  if (parts === undefined) return undefined;
  const year = long ? Number(long.year) : inDataCentury(2000 + Number(parts.year));
  const date = { year, month: MONTHS.indexOf(parts.month) + 1, day: Number(parts.day) };
  return isRealDate(date) ? date : undefined;
}

/** Date would take 31 February for 3 March, and no month for the last one. */
function isRealDate({ year, month, day }: CalendarDate): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isoDate({ year, month, day }: CalendarDate): string {
  return [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
}
