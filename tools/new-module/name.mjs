/** How a module may be called, and the ways in which its name is spelled. */
import { existsSync, readFileSync } from 'node:fs';
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

/**
 * @param {string[]} args The words after `npm run new:module --`.
 * @returns {{ kebab: string, camel: string, pascal: string, upper: string }}
 * @throws {BootstrapFailure} When the name is none, or taken.
 */
export function moduleName(args) {
  const [kebab] = args;
  if (args.length !== 1) refuse('give the module one name: npm run new:module -- page-views');
  if (!KEBAB.test(kebab)) refuse(`"${kebab}" is not kebab-case, such as page-views`);
  if (kebab.length > LONGEST_NAME) refuse(`"${kebab}" has more than ${LONGEST_NAME} characters`);
  if (reserved().has(kebab)) refuse(`"${kebab}" is reserved; choose another name`);
  for (const place of [`src/${kebab}`, `test/e2e/${kebab}.e2e-spec.ts`]) {
    if (existsSync(inProject(place))) refuse(`${place} exists; choose another name`);
  }
  const camel = kebab.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const pascal = camel[0].toUpperCase() + camel.slice(1);
  return { kebab, camel, pascal, upper: kebab.toUpperCase().replaceAll('-', '_') };
}

function reserved() {
  const { features, shared } = JSON.parse(readFileSync(inProject('test/architecture/folders.json'), 'utf8'));
  return new Set([...features, ...shared, ...`${ROUTES} ${WORDS}`.split(' ')]);
}

function refuse(reason) {
  throw new BootstrapFailure(reason);
}
