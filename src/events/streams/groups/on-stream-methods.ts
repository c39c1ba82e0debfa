import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ON_STREAM, type StreamSubscription } from './decorators/on-stream.decorator.js';
import type { StreamHandler } from './delivery.js';

export interface OnStreamMethod extends StreamSubscription {
  readonly handler: StreamHandler;
}

type Instance = Record<string, (...args: unknown[]) => unknown>;

/** Finds what `@OnStream` marks in the providers and controllers of all modules. */
@Injectable()
export class OnStreamMethods {
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  find(): OnStreamMethod[] {
    const wrappers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    return wrappers.flatMap(({ instance }) => (isInstance(instance) ? this.of(instance) : []));
  }

  private of(instance: Instance): OnStreamMethod[] {
    const names = this.scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object);
    return names.flatMap((name) => {
      const marked = this.reflector.get<StreamSubscription | undefined>(ON_STREAM, instance[name]);
      return marked ? [{ ...marked, handler: (...given) => instance[name](...given) }] : [];
    });
  }
}

function isInstance(instance: unknown): instance is Instance {
  return typeof instance === 'object' && instance !== null && Object.getPrototypeOf(instance) !== null;
}
