import type { FastifyRequest } from 'fastify';

const CREDENTIALS = ['authorization', 'cookie', 'session-token'];

/** True when the answer may depend on who asks. */
export function carriesCredentials(request: FastifyRequest): boolean {
  return CREDENTIALS.some((name) => request.headers[name] !== undefined);
}

export type RequestKey = (request: FastifyRequest) => string;

/**
 * Fills `{name}` with the path parameters. Their values are escaped, so that no value can look like another key.
 */
export function keyFromTemplate(template: string): RequestKey {
  const parts = template.split(/\{(\w+)\}/);
  return (request) => {
    const params = request.params as Record<string, string>;
    return parts
      .map((part, index) => (index % 2 === 0 ? part : encodeURIComponent(params[part] ?? '')))
      .join('');
  };
}

/** The path and its query in one order, so that `?a=1&b=2` and `?b=2&a=1` share an entry. */
export function keyFromUrl(request: FastifyRequest): string {
  const [path, query = ''] = request.url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.sort();
  return `${path}?${parameters.toString()}`;
}
