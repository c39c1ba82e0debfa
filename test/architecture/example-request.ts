import type { OpenAPIObject } from '@nestjs/swagger';

/** The parts of an OpenAPI schema from which a value can be made. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema?: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

export interface ExampleRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A request that the document calls valid, with all that it needs or has examples of: those, else the smallest value of each type. */
export function exampleRequest(document: OpenAPIObject, route: string): ExampleRequest {
  const [method, template] = route.split(' ');
  const item = document.paths[template] as unknown as Record<string, Operation>;
  const { parameters = [], requestBody } = item[method.toLowerCase()];
  const valueOf = (parameter: Parameter) =>
    String(parameter.example ?? example(document, parameter.schema ?? {}));
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((each) => each.in === 'path' && each.name === name);
    return encodeURIComponent(parameter ? valueOf(parameter) : 'example');
  });
  const isSent = (each: Parameter) => each.required || (each.example ?? each.schema?.example) !== undefined;
  const query = parameters.filter((each) => each.in === 'query' && isSent(each));
  const search = query.map((each) => `${each.name}=${encodeURIComponent(valueOf(each))}`).join('&');
  const keyed = parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key');
  const schema = requestBody?.content['application/json']?.schema;
  return {
    method,
    path: search ? `${path}?${search}` : path,
    headers: keyed ? { 'idempotency-key': `example of ${route}`.replace(/[^\x21-\x7e]/g, '-') } : {},
    ...(schema ? { body: example(document, schema) } : {}),
  };
}

function example(document: OpenAPIObject, schema: Schema): unknown {
  const resolved = resolve(document, schema);
  const given = resolved.example ?? resolved.default ?? resolved.enum?.[0];
  if (given !== undefined) return given;
  const [first] = [...(resolved.oneOf ?? []), ...(resolved.anyOf ?? [])];
  if (first) return example(document, first);
  switch (resolved.type) {
    case 'object':
      return exampleObject(document, resolved);
    case 'array':
      return [example(document, resolved.items ?? {})];
    case 'integer':
    case 'number':
      return resolved.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return exampleText(resolved);
  }
}

/** What is required or has an example; of an object that requires nothing, its first property. */
function exampleObject(document: OpenAPIObject, { properties = {}, required = [] }: Schema): unknown {
  const all = Object.entries(properties);
  const chosen = all.filter(([name, { example: given }]) => required.includes(name) || given !== undefined);
  const some = chosen.length > 0 ? chosen : all.slice(0, 1);
  return Object.fromEntries(some.map(([name, property]) => [name, example(document, property)]));
}

function exampleText({ format, minLength = 0 }: Schema): string {
  if (format === 'date-time') return '2026-01-31T12:00:00.000Z';
  if (format === 'date') return '2026-01-31';
  if (format === 'uuid') return '00000000-0000-4000-8000-000000000000';
  return 'example'.padEnd(minLength, 'x');
}

function resolve(document: OpenAPIObject, schema: Schema): Schema {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return resolve(document, document.components?.schemas?.[name] as Schema);
  }
  if (!schema.allOf) return schema;
  const parts = schema.allOf.map((part) => resolve(document, part));
  return {
    ...schema,
    type: 'object',
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)) as Schema['properties'],
    required: parts.flatMap(({ required = [] }) => required),
  };
}
