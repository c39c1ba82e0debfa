const LISTED = /(?:W\/)?"[^"]*"/g;

/**
 * Whether a client has what an entity tag names: If-None-Match, compared weakly (RFC 9110, 13.1.2).
 *
 * @param ifNoneMatch the header: `*`, or a list of tags.
 */
export function isKnown(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = opaqueOf(etag);
  return ifNoneMatch.match(LISTED)?.some((tag) => opaqueOf(tag) === opaque) ?? false;
}

function opaqueOf(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
