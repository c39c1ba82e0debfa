import {
  ClassSerializerInterceptor,
  type ExecutionContext,
  type NestInterceptor,
  StandardSchemaSerializerInterceptor,
  type Type,
} from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { lastValueFrom, of } from 'rxjs';
import type { Route } from '../../http/index.js';

/** Makes of what a handler has returned what may leave the process. */
export type Serialize = (body: unknown, context: ExecutionContext) => Promise<unknown>;

const KINDS = [ClassSerializerInterceptor, StandardSchemaSerializerInterceptor] as const;

/**
 * What Nest's serialisers of a route do to its answers, such as to leave out fields with `@Exclude()`; undefined where there
 * are none. They stand outside of `@Cached()`, would find a text, and let everything through.
 *
 * @param globals those of the whole app.
 * @param instanceOf finds the instance of an interceptor that was named by its class.
 * @throws TypeError for one that has no instance of its own, because it depends on the request.
 */
export function serializersOf(
  { controller, handler }: Route,
  globals: readonly (Type | NestInterceptor)[],
  instanceOf: (type: Type<NestInterceptor>) => NestInterceptor | undefined,
): Serialize | undefined {
  const declared = [controller, handler].flatMap(
    (target) => (Reflect.getMetadata(INTERCEPTORS_METADATA, target) ?? []) as (Type | NestInterceptor)[],
  );
  const all = [...globals, ...declared].flatMap((each) => resolve(each, instanceOf) ?? []);
  // What the innermost gives, the next one gets.
  const serializers = all.filter(isSerializer).reverse();
  if (serializers.length === 0) return undefined;
  return async (body, context) => {
    let plain = body;
    for (const each of serializers) {
      const given = plain;
      plain = await lastValueFrom(await each.intercept(context, { handle: () => of(given) }));
    }
    return plain;
  };
}

function resolve(
  declared: Type | NestInterceptor,
  instanceOf: (type: Type<NestInterceptor>) => NestInterceptor | undefined,
): NestInterceptor | undefined {
  if (typeof declared !== 'function') return declared;
  const type = declared as Type<NestInterceptor>;
  if (!KINDS.some((kind) => type === kind || type.prototype instanceof kind)) return undefined;
  const instance = instanceOf(type);
  if (!instance) throw new TypeError(`${type.name} depends on the request: its answers cannot be cached`);
  return instance;
}

function isSerializer(interceptor: NestInterceptor): boolean {
  return KINDS.some((kind) => interceptor instanceof kind);
}
