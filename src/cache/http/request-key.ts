import type { FastifyRequest } from 'fastify';

export type RequestKey = (request: FastifyRequest) => string;

/** Stands between the key of an entry and what names its variant; no value from outside brings it into a key. */
export const VARIANT_SEPARATOR = '|';

const PARAMETER = /\{(\w+)\}/;

/**
 * Fills `{name}` with the path parameters. Their values are escaped, so that no value can look like another key.
 */
export function keyFromTemplate(template: string): RequestKey {
  const parts = template.split(PARAMETER);
  if (parts.length === 1) return () => template;
  return (request) => {
    const params = request.params as Record<string, string>;
    return parts
      .map((part, index) => (index % 2 === 0 ? part : encodeURIComponent(params[part] ?? '')))
      .join('');
  };
}

/** The path and its query in one order, so that `?a=1&b=2` and `?b=2&a=1` share an entry. */
export function keyFromUrl({ url }: FastifyRequest): string {
  const at = url.indexOf('?');
  const path = withoutSeparator(at < 0 ? url : url.slice(0, at));
  if (at < 0 || at === url.length - 1) return `${path}?`;
  const parameters = new URLSearchParams(url.slice(at + 1));
  parameters.sort();
  return `${path}?${parameters.toString()}`;
}

export function withoutSeparator(key: string): string {
  return key.includes(VARIANT_SEPARATOR) ? key.replaceAll(VARIANT_SEPARATOR, '%7C') : key;
}
