import { ValidateBy } from 'class-validator';

const FIELD_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_FIELDS = 128;
const MAX_DEPTH = 32;

/** Field names that can be stored apart, and values that no parser chokes on. */
export function IsSessionData(): PropertyDecorator {
  return ValidateBy({
    name: 'isSessionData',
    validator: {
      validate: isSessionData,
      defaultMessage: () =>
        `must have at most ${MAX_FIELDS} fields, each named by 1 to 64 of A-Z, a-z, 0-9, _, . and -, nested at most ${MAX_DEPTH} deep`,
    },
  });
}

export function isSessionData(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return false;
  const names = Object.keys(data);
  if (names.length > MAX_FIELDS) return false;
  if (!names.every((name) => FIELD_NAME.test(name) && !RESERVED.has(name))) return false;
  return isShallow(data, MAX_DEPTH);
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isShallow(child, depth - 1));
}
