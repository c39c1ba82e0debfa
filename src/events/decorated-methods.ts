import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';

export interface DecoratedMethod<T, A extends unknown[]> {
  /** What the decorator has noted. */
  readonly noted: T;
  /** `Class.method` */
  readonly name: string;
  readonly call: (...given: A) => unknown;
}

type Instance = Record<string, (...given: unknown[]) => unknown>;

/** Finds the methods that a decorator marks, in the providers and controllers of all modules. */
@Injectable()
export class DecoratedMethods {
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  /** @param mark under which the decorator has noted what it was given. */
  find<T, A extends unknown[]>(mark: symbol): DecoratedMethod<T, A>[] {
    const wrappers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    return wrappers.flatMap(({ instance }) => (isInstance(instance) ? this.of<T, A>(instance, mark) : []));
  }

  private of<T, A extends unknown[]>(instance: Instance, mark: symbol): DecoratedMethod<T, A>[] {
    const names = this.scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object);
    return names.flatMap((name) => {
      const noted = this.reflector.get<T | undefined>(mark, instance[name]);
      if (noted === undefined) return [];
      const call = (...given: A) => instance[name](...given);
      return [{ noted, name: `${instance.constructor.name}.${name}`, call }];
    });
  }
}

function isInstance(instance: unknown): instance is Instance {
  return typeof instance === 'object' && instance !== null && Object.getPrototypeOf(instance) !== null;
}
