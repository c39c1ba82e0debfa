import type { FastifyInstance } from 'fastify';
import { ValidationFailedError } from '../errors/index.js';

/** What walks a body afterwards, such as validation, calls itself once a level. */
const MAX_DEPTH = 100;

/**
 * Takes JSON bodies and no others: forms and plain text, which a browser sends to any site without asking, are 415.
 * Keys that reach into prototypes are refused.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    void parse(request, body, (error, value: unknown) => {
      if (error || isWithin(value, MAX_DEPTH)) done(error, value);
      else done(new ValidationFailedError([{ path: 'body', message: `is nested over ${MAX_DEPTH} deep` }]));
    });
  });
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isWithin(child, depth - 1));
}
