import { NotFoundException } from '@nestjs/common';
import { ValidationFailedError } from '../../errors/index.js';

const WITHIN = /^\/v1\/.*\/\//;
const AT_THE_END = /^\/v1\/.+\/$/;

/**
 * A path in which an id is empty is that of no route, but its sender must hear what is wrong with it. A POST goes to a
 * collection, so its last part is no id.
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
