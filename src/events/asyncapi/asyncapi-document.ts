import type { Type } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import type { SchemaSet } from '../../http/index.js';
import type { MemberOptions } from '../streams/groups/member-options.js';

/** What this project says of https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: object;
  readonly servers: Readonly<Record<string, object>>;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly schemas: SchemaSet };
}

export interface Ref {
  readonly $ref: string;
}

export interface Channel {
  /** Null where the name would be read as an expression. */
  readonly address: string | null;
  readonly title: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, Message>>;
  /** What Redis has in its place. */
  readonly 'x-redis-stream'?: string;
  readonly 'x-redis-channel'?: string;
  readonly 'x-redis-pattern'?: string;
}

/** A message that comes is of exactly one of those of its channel. */
export interface Message {
  readonly name: string;
  readonly contentType: string;
  /** JSON Schema. */
  readonly payload: object;
}

export interface Operation {
  readonly action: 'receive';
  readonly summary: string;
  readonly channel: Ref;
  /** Absent: all of the channel. */
  readonly messages?: readonly Ref[];
  readonly 'x-consumer-group'?: MemberOptions & { readonly group: string };
}

/**
 * The id of a channel or a message: such that neither a URL, a JSON pointer nor a generator of code has to escape it.
 *
 * @returns another one for each other text.
 */
export function documentId(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]/gu, (character) => `_${Buffer.from(character).toString('hex')}`);
}

/** @returns a name as an address; null where it has braces, which would stand for parameters. */
export function addressOf(name: string): string | null {
  return /[{}]/.test(name) ? null : name;
}

/** What is written for several readers is what each of them reads. */
export function dataSchema(models: readonly Type[]): object {
  const schemas = [...new Set(models)].map((model) => ({ $ref: getSchemaPath(model) }));
  return schemas.length === 1 ? schemas[0] : { allOf: schemas };
}
