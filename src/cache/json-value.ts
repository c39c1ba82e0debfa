/** A value that JSON would not give back as it was. */
export class NotCacheableError extends TypeError {
  constructor(path: string, what: string) {
    super(`The value cannot be cached: ${path} is ${what}, which JSON does not give back as it was.`);
    this.name = 'NotCacheableError';
  }
}

/**
 * The JSON of a value that survives the way there and back; anything else is refused rather than changed.
 *
 * @throws NotCacheableError naming the place.
 */
export function toJson(value: unknown): string {
  assertJson(value, 'value', new Set());
  return JSON.stringify(value);
}

function assertJson(value: unknown, path: string, above: Set<object>): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Object.is(value, -0)) throw new NotCacheableError(path, String(value));
    return;
  }
  if (typeof value !== 'object') throw new NotCacheableError(path, `of type ${typeof value}`);
  if (above.has(value)) throw new NotCacheableError(path, 'a circle');
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (!Array.isArray(value) && prototype !== null && prototype !== Object.prototype) {
    throw new NotCacheableError(path, `a ${value.constructor.name}`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw new NotCacheableError(path, 'keyed by a symbol');
  if (Array.isArray(value) && !isDense(value))
    throw new NotCacheableError(path, 'an array with holes or names');
  above.add(value);
  for (const [name, child] of Object.entries(value)) assertJson(child, `${path}.${name}`, above);
  above.delete(value);
}

/** JSON writes holes as null and drops named properties. */
function isDense(array: readonly unknown[]): boolean {
  const names = Object.keys(array);
  return names.length === array.length && names.every((name, index) => name === String(index));
}
