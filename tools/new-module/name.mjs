/** How a module and its stream may be called, and the ways in which the names are spelled. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BootstrapFailure } from '../bootstrap/failure.mjs';
import { inProject } from '../bootstrap/project.mjs';

const KEBAB = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST_NAME = 40;

/** First segments of the product's own routes, of which each is used or will be. */
const ROUTES =
  'sessions users rate-limits cache locks semaphores leaderboards counters activities channels streams contexts features vectors redis';

/** Words that a language, a folder or a file has taken; a module of that name would be misread. */
const WORDS = [
  'app main index module test spec src dist docs lua dto decorators adapters health metrics openapi asyncapi idempotency',
  'example-name class const default delete enum export function import interface new null package private public',
  'return static this true false type undefined var void',
].join(' ');

const USAGE = 'npm run new:module -- page-views [--consumer order-events]';

/**
 * @param {string[]} args The words after `npm run new:module --`.
 * @returns {{ kebab: string, camel: string, pascal: string, upper: string, stream?: string }} The name of the module, and
 *   the stream that it consumes, if any.
 * @throws {BootstrapFailure} When a name is none, or the module's is taken.
 */
export function moduleName(args) {
  const { names, stream } = parsed(args);
  const [kebab] = names;
  if (names.length !== 1) refuse(`give the module one name: ${USAGE}`);
  for (const name of stream === undefined ? [kebab] : [kebab, stream]) checkWord(name);
  if (reserved().has(kebab)) refuse(`"${kebab}" is reserved; choose another name`);
  const tests = [`test/e2e/${kebab}.e2e-spec.ts`, `test/integration/${kebab}-consumer.int-spec.ts`];
  for (const place of [`src/${kebab}`, ...tests]) {
    if (existsSync(inProject(place))) refuse(`${place} exists; choose another name`);
  }
  const camel = kebab.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const pascal = camel[0].toUpperCase() + camel.slice(1);
  return { kebab, camel, pascal, upper: kebab.toUpperCase().replaceAll('-', '_'), stream };
}

function parsed(args) {
  try {
    const options = { consumer: { type: 'string' } };
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
    return { names: positionals, stream: values.consumer };
  } catch {
    return refuse(`this was not understood: ${USAGE}`);
  }
}

function checkWord(name) {
  if (!KEBAB.test(name)) refuse(`"${name}" is not kebab-case, such as page-views`);
  if (name.length > LONGEST_NAME) refuse(`"${name}" has more than ${LONGEST_NAME} characters`);
}

function reserved() {
  const { features, shared } = JSON.parse(readFileSync(inProject('test/architecture/folders.json'), 'utf8'));
  return new Set([...features, ...shared, ...`${ROUTES} ${WORDS}`.split(' ')]);
}

function refuse(reason) {
  throw new BootstrapFailure(reason);
}
