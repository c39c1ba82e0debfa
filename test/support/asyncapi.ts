import { schemasWithoutId } from '@asyncapi/specs';
import { Ajv, type ValidateFunction } from 'ajv';

/** AsyncAPI's own schema of its documents. Its formats are those of other specifications. */
const isDocument = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
  schemasWithoutId['3.0.0'] as object,
);

/** What is wrong with an AsyncAPI 3.0 document, a sentence each: what its schema says, and references that lead nowhere. */
export function documentFaults(document: object): string[] {
  isDocument(document);
  const said = (isDocument.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  const astray = referencesOf(document).filter((reference) => at(document, reference) === undefined);
  return [...said, ...astray.map((reference) => `${reference} leads nowhere`)];
}

/** Checks what comes as the message of a channel. */
export function messageCheck(document: object, channel: string, message: string): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  return ajv.addSchema(document, 'document').compile({
    $ref: `document#/channels/${channel}/messages/${message}/payload`,
  });
}

function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === '$ref' && typeof each === 'string' ? [each] : referencesOf(each),
  );
}

/** What a reference within the document leads to. */
function at(document: object, reference: string): unknown {
  const [root, ...names] = decodeURIComponent(reference).split('/');
  if (root !== '#') return undefined;
  const unescaped = names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return unescaped.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    document,
  );
}
