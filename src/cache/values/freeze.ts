/**
 * Freezes a value and all that it holds, so that who changes it hears of it at once. What is inside a Map, a Set, a Date
 * or bytes is frozen, they themselves cannot be. O(size), once.
 */
export function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  // Bytes cannot be frozen.
  if (ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  if (value instanceof Map) {
    for (const [key, child] of value) {
      freezeDeep(key);
      freezeDeep(child);
    }
  } else if (value instanceof Set) for (const child of value) freezeDeep(child);
  else for (const child of Object.values(value)) freezeDeep(child);
}
