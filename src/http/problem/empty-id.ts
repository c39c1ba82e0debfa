import { NotFoundException } from '@nestjs/common';
import { ValidationFailedError } from '../../errors/index.js';

const WITHIN = /^\/v1\/.*\/\//;
const AT_THE_END = /^\/v1\/.+\/$/;

/**
 * A path with an empty part is that of no route; most likely an id was empty, and its sender must hear that. A POST goes to
 * a collection, so what follows its last slash is no id.
 *
 * @returns the error to answer with.
 */
export function orEmptyId(error: unknown, method: string, path: string): unknown {
  if (!(error instanceof NotFoundException)) return error;
  const isEmpty = WITHIN.test(path) || (method !== 'POST' && AT_THE_END.test(path));
  return isEmpty
    ? new ValidationFailedError([{ path: 'path', message: 'must not have an empty id' }])
    : error;
}
