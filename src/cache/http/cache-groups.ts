import { parseList, serializeList } from 'structured-headers';

type Header = string | number | readonly string[] | undefined;

/** What a structured field cannot hold. */
const UNPRINTABLE = /[^\x20-\x7e]/gu;

/**
 * Cache groups (RFC 9875), which are this cache's tags: a list of strings, as a structured field (RFC 9651). What is not ASCII
 * in a tag is percent-encoded.
 */
export function toGroups(tags: readonly string[]): string {
  return serializeList(
    tags.map((tag) => [tag.replaceAll(UNPRINTABLE, (each) => encodeURIComponent(each)), new Map()]),
  );
}

/** The tags that a header names, each once; undefined for a header that is no list of strings. */
export function fromGroups(header: Header): string[] | undefined {
  if (header === undefined) return [];
  try {
    const members = parseList(Array.isArray(header) ? header.join(', ') : String(header)).map(
      ([each]) => each,
    );
    return members.every((each) => typeof each === 'string') ? [...new Set(members)] : undefined;
  } catch {
    return undefined;
  }
}
