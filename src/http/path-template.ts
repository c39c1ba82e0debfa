import type { Type } from '@nestjs/common';
import { MODULE_PATH, PATH_METADATA } from '@nestjs/common/constants.js';
import type { Route } from './starters/request-starters.js';

const PARAMETER = /\{(\w+)\}/;

/**
 * Fills a template such as `product:{id}` with path parameters, as they are.
 *
 * @throws TypeError when the route has no such parameter: two resources must not share a name by mistake.
 */
export function fillTemplate(template: string, params: unknown): string {
  const values = params as Readonly<Record<string, string | undefined>>;
  const parts = template.split(PARAMETER);
  for (let at = 1; at < parts.length; at += 2) {
    const value = values[parts[at]];
    if (value === undefined) throw new TypeError(`the route of "${template}" has no {${parts[at]}}`);
    parts[at] = value;
  }
  return parts.join('');
}

/**
 * For when the app starts, so that a mistake is heard of at once.
 *
 * @param module the one that declares the controller; it may have a path of its own.
 * @throws TypeError when the path of a route has no parameter that the template names.
 */
export function checkTemplate(template: string, { controller, handler }: Route, module?: Type): void {
  const modulePaths = (module ? Reflect.getMetadataKeys(module) : []).filter((each) =>
    String(each).startsWith(MODULE_PATH),
  );
  const path = [
    ...[controller, handler].map((target) => Reflect.getMetadata(PATH_METADATA, target) as unknown),
    ...modulePaths.map((each) => Reflect.getMetadata(each, module as Type) as unknown),
  ].join('/');
  for (const name of template.split(PARAMETER).filter((_part, index) => index % 2 === 1)) {
    if (!new RegExp(`:${name}(?!\\w)`).test(path)) {
      throw new TypeError(`the path of ${controller.name}.${handler.name} has no parameter "${name}"`);
    }
  }
}
