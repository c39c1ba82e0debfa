import { ValidateBy } from 'class-validator';

const FIELD_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);
export const MAX_FIELDS = 128;
const MAX_DEPTH = 32;

const NAME_RULE = `named by 1 to 64 of A-Z, a-z, 0-9, _, . and -, and none of ${[...RESERVED].join(', ')}`;

/** What data must be, for messages. */
export const DATA_RULE = `must have at most ${MAX_FIELDS} fields, each ${NAME_RULE}, nested at most ${MAX_DEPTH} deep`;

/** Field names that can be stored apart, and values that no parser chokes on. */
export function IsSessionData(): PropertyDecorator {
  return ValidateBy({
    name: 'isSessionData',
    validator: { validate: isSessionData, defaultMessage: () => DATA_RULE },
  });
}

export function isSessionData(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return false;
  const names = Object.keys(data);
  if (names.length > MAX_FIELDS) return false;
  if (!names.every(isFieldName)) return false;
  return isShallow(data, MAX_DEPTH);
}

/** Names of fields of data: at most 128 of them. */
export function IsFieldNames(): PropertyDecorator {
  return ValidateBy({
    name: 'isFieldNames',
    validator: {
      validate: isFieldNames,
      defaultMessage: () => `must be at most ${MAX_FIELDS} names, each ${NAME_RULE}`,
    },
  });
}

export function isFieldNames(names: unknown): boolean {
  return Array.isArray(names) && names.length <= MAX_FIELDS && names.every(isFieldName);
}

function isFieldName(name: unknown): boolean {
  return typeof name === 'string' && FIELD_NAME.test(name) && !RESERVED.has(name);
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isShallow(child, depth - 1));
}
