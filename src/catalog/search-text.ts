/** An entry of an index has at most 2704 bytes; these are at most 1500, and leave room for an id. */
const INDEXED_LENGTH = 500;

/**
 * Text as it is searched and sorted: without case and accents, so that `amelie` finds `Amélie`.
 * Folded here and not by the database, whose `lower` depends on the locale that it was made with.
 */
export function searchText(text: string): string {
  const folded = text.normalize('NFKD').replace(/\p{M}+/gu, '');
  return folded.toLowerCase().slice(0, INDEXED_LENGTH);
}
