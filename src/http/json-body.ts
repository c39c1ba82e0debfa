import type { FastifyInstance } from 'fastify';
import { ValidationFailedError } from '../errors/index.js';

/** What walks a body afterwards, such as validation, calls itself once a level. */
const MAX_DEPTH = 100;

/** Nest's validation would take such fields away, and the client would not learn of it. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/** The second is a CloudEvent, which no browser sends to another site without asking either. */
const JSON_TYPES = ['application/json', 'application/cloudevents+json'];

/**
 * Takes JSON bodies and no others: forms and plain text, which a browser sends to any site without asking, are 415.
 * Keys that reach into prototypes are refused.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(JSON_TYPES, { parseAs: 'string' }, (request, body: string, done) => {
    void parse(request, body, (error, value: unknown) => {
      const message = error ? undefined : faultOf(value, MAX_DEPTH);
      if (message === undefined) done(error, value);
      else done(new ValidationFailedError([{ path: 'body', message }]));
    });
  });
}

function faultOf(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return `is nested over ${MAX_DEPTH} deep`;
  for (const [name, child] of Object.entries(value)) {
    if (RESERVED.has(name)) return `has a field of the reserved name ${name}`;
    const fault = faultOf(child, depth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
