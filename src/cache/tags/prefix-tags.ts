import type { Settings } from '../../config/index.js';

/** Prefixes of keys whose entries bear a tag for it: CACHE_PREFIXES. */
export function declaredPrefixes({ cachePrefixes }: Settings): readonly string[] {
  return cachePrefixes === '' ? [] : cachePrefixes.split(',');
}

/** The tag that all entries bear whose keys begin with a declared prefix. */
export function prefixTag(prefix: string): string {
  return `prefix=${prefix}`;
}

/** The tags of an entry: those that its key gives it and those that are declared, each once. */
export function allTags(key: string, declared: readonly string[], prefixes: readonly string[]): string[] {
  if (prefixes.length === 0 && declared.length < 2) return [...declared];
  const own = prefixes.filter((prefix) => key.startsWith(prefix)).map(prefixTag);
  return [...new Set([...own, ...declared])];
}
