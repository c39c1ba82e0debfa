import 'reflect-metadata';
import { Req, Res } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Runs in a route handler's place; `next` is the handler itself, with its own parameters. */
export type Around = (request: FastifyRequest, reply: FastifyReply, next: () => unknown) => unknown;

type Handler = (...args: unknown[]) => unknown;

/**
 * A method decorator that puts a function around a route handler, as an interceptor would. Nest's interceptors
 * cost about 30 microseconds a request (observables, an async resource, a replay subject), half of what the whole
 * route costs; a function around the method costs none of that. It runs inside all of a route's interceptors.
 */
export function wrapHandler(around: Around): MethodDecorator {
  return (target, property, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as Handler;
    const index = addRequestAndReply(target, property, handler.length);
    const wrapped: Handler = function (this: unknown, ...args) {
      const next = () => handler.apply(this, args.slice(0, index));
      return around(args[index] as FastifyRequest, args[index + 1] as FastifyReply, next);
    };
    Object.defineProperty(wrapped, 'name', { value: handler.name });
    // What decorators below this one have said of the handler, Nest must find on the function that it calls.
    for (const key of Reflect.getMetadataKeys(handler)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), wrapped);
    }
    descriptor.value = wrapped;
  };
}

/** Asks Nest for two more parameters, behind the handler's own. */
function addRequestAndReply(target: object, property: string | symbol, parameters: number): number {
  const known = (Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, property) ?? {}) as Record<
    string,
    { index: number }
  >;
  const index = Math.max(parameters, ...Object.values(known).map((each) => each.index + 1));
  Req()(target, property, index);
  Res({ passthrough: true })(target, property, index + 1);
  return index;
}
