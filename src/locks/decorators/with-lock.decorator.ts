import { Inject } from '@nestjs/common';
import type { RunOptions } from '../lease-engine.js';
import type { LockOptions } from '../lease-options.js';
import { LocksService } from '../locks.service.js';

const LOCKS = Symbol('locks');

type Method = (...args: unknown[]) => unknown;
type Locked = Record<symbol, LocksService> & object;

/**
 * Runs a method of a provider or controller under a lock of the fleet, as {@link LocksService.withLock} does. The method's result
 * is a promise; with `skip` it is null when the lock is taken. The module of the class imports LocksModule.
 *
 * @param template the lock's name; `{0}` is the first argument, `{1.id}` the id of the second one.
 */
export function WithLock(template: string, options: LockOptions & Pick<RunOptions, 'skip'>): MethodDecorator {
  return (target, _property, descriptor: PropertyDescriptor) => {
    Inject(LocksService)(target, LOCKS);
    const method = descriptor.value as Method;
    const locked: Method = async function (this: Locked, ...args) {
      const work = async () => method.apply(this, args);
      return this[LOCKS].withLock(nameFrom(template, args), options as LockOptions & { skip?: false }, work);
    };
    Object.defineProperty(locked, 'name', { value: method.name });
    // What decorators below this one have said of the method, Nest must find on the function that it calls.
    for (const key of Reflect.getMetadataKeys(method)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), locked);
    }
    descriptor.value = locked;
  };
}

/** @throws TypeError when an argument that the name needs is no text and no number: two calls must not share a lock by mistake. */
function nameFrom(template: string, args: readonly unknown[]): string {
  return template.replace(/\{(\d+)((?:\.\w+)*)\}/g, (place, index: string, path: string) => {
    const keys = path.split('.').slice(1);
    const value = keys.reduce<unknown>(
      (from, key) => (from as Record<string, unknown>)?.[key],
      args[Number(index)],
    );
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return String(value);
    throw new TypeError(`${place} of the lock "${template}" is neither text nor a number`);
  });
}
