import type { OpenAPIObject } from '@nestjs/swagger';

interface Operation {
  readonly summary?: string;
  readonly responses?: Readonly<Record<string, unknown>>;
}

/** Every operation of a document by its route: `GET /v1/products/{id}`. */
export function operationsOf({ paths }: OpenAPIObject): Map<string, Operation> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Operation>)
        .filter(([method]) => METHODS.has(method))
        .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  );
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']);

/**
 * Where the document and the routes differ, a sentence each.
 *
 * @param outside routes that are no part of the contract; each must exist.
 */
export function contractFaults(
  document: OpenAPIObject,
  routes: readonly string[],
  outside: readonly string[],
): string[] {
  const operations = operationsOf(document);
  const undocumented = routes.filter((route) => !operations.has(route) && !outside.includes(route));
  const gone = outside.filter((route) => !routes.includes(route));
  const faults = [...operations].flatMap(([route, operation]) =>
    [
      !routes.includes(route) && 'is documented and is no route',
      outside.includes(route) && 'is documented and listed as outside the contract',
      !operation.summary && 'has no summary',
      !hasSuccess(operation) && 'documents no success',
    ]
      .filter((fault) => fault !== false)
      .map((fault) => `${route} ${fault}`),
  );
  return [
    ...undocumented.map((route) => `${route} is not documented`),
    ...gone.map((route) => `${route} is listed as outside the contract and is no route`),
    ...faults,
  ];
}

function hasSuccess({ responses = {} }: Operation): boolean {
  return Object.keys(responses).some((status) => /^[23]/.test(status));
}
