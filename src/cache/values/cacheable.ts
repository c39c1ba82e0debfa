/** A value that would not come back as it was. */
export class NotCacheableError extends TypeError {
  constructor(path: string, what: string) {
    super(`The value cannot be cached: ${path} is ${what}, which would not come back as it was.`);
    this.name = 'NotCacheableError';
  }
}

/** `json` is what JSON gives back as it was, `rich` what takes more: Date, Map, Set, BigInt, undefined, bytes, circles. */
export type Shape = 'json' | 'rich';

/** What JSON does not write, and the writer of rich values does. */
const RICH = new Set<unknown>([
  Date.prototype,
  Map.prototype,
  Set.prototype,
  Buffer.prototype,
  Uint8Array.prototype,
  ArrayBuffer.prototype,
]);

/**
 * How a value must be written; one that no writer gives back as it was is refused rather than changed. O(size).
 *
 * @throws NotCacheableError naming the place.
 */
export function shapeOf(value: unknown): Shape {
  const walk = new Walk();
  walk.visit(value, 'value');
  if (walk.isRich && walk.proto) throw new NotCacheableError(walk.proto, 'an object with a field __proto__');
  return walk.isRich ? 'rich' : 'json';
}

class Walk {
  isRich = false;
  /** Where a field of this name is: JSON writes and reads it, the writer of rich values does not. */
  proto?: string;
  private readonly above = new Set<object>();

  visit(value: unknown, path: string): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return;
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) this.isRich = true;
        return;
      case 'undefined':
      case 'bigint':
        this.isRich = true;
        return;
      case 'object':
        if (value !== null) this.visitObject(value, path);
        return;
      default:
        throw new NotCacheableError(path, `of type ${typeof value}`);
    }
  }

  private visitObject(value: object, path: string): void {
    if (this.above.has(value)) {
      this.isRich = true;
      return;
    }
    if (Object.getOwnPropertySymbols(value).length > 0)
      throw new NotCacheableError(path, 'keyed by a symbol');
    this.above.add(value);
    if (Array.isArray(value)) this.visitArray(value, path);
    else if (isPlain(value)) this.visitFields(value, path);
    else this.visitRich(value, path);
    this.above.delete(value);
  }

  private visitArray(value: readonly unknown[], path: string): void {
    const names = Object.keys(value);
    if (names.length !== value.length || !names.every((name, index) => name === String(index))) {
      throw new NotCacheableError(path, 'an array with holes or names');
    }
    for (let index = 0; index < value.length; index += 1) this.visit(value[index], `${path}.${index}`);
  }

  private visitFields(value: object, path: string): void {
    const names = Object.keys(value);
    if (names.includes('__proto__')) this.proto ??= path;
    if (names.length !== Object.getOwnPropertyNames(value).length) {
      throw new NotCacheableError(path, 'an object with hidden fields');
    }
    for (const name of names) this.visit((value as Record<string, unknown>)[name], `${path}.${name}`);
    if (Object.getPrototypeOf(value) === null) this.isRich = true;
  }

  private visitRich(value: object, path: string): void {
    if (!RICH.has(Object.getPrototypeOf(value))) {
      throw new NotCacheableError(path, `a ${value.constructor?.name ?? 'value of an unknown class'}`);
    }
    this.isRich = true;
    if (value instanceof Map) {
      for (const [key, child] of value) {
        this.visit(key, `${path}.key`);
        this.visit(child, `${path}.value`);
      }
    } else if (value instanceof Set) for (const child of value) this.visit(child, `${path}.item`);
    if (!ArrayBuffer.isView(value) && Object.keys(value).length > 0) {
      throw new NotCacheableError(path, `a ${value.constructor.name} with fields of its own`);
    }
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === Object.prototype || prototype === null;
}
