/**
 * npm run new:module -- <name> [--consumer <stream>]: a module of a team's own that compiles, is tested and is part of the app,
 * and consumes a stream if that is named. The templates are a module like any other, by the name of `example-name`. Nothing is
 * written unless all of it can be.
 */
import './bootstrap/node-version.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runTool } from './bootstrap/failure.mjs';
import { inProject } from './bootstrap/project.mjs';
import { withErrors, withModule } from './new-module/changes.mjs';
import { format } from './new-module/format.mjs';
import { moduleName } from './new-module/name.mjs';
import { fromTemplates } from './new-module/templates.mjs';

await runTool(async () => {
  const name = moduleName(process.argv.slice(2));
  const { files, errors } = fromTemplates(name);
  const changes = { 'src/app.module.ts': withModule(name), 'docs/errors.md': withErrors(errors) };
  const formatted = await format({ ...files, ...changes });
  for (const [file, text] of Object.entries(formatted)) {
    mkdirSync(path.dirname(inProject(file)), { recursive: true });
    writeFileSync(inProject(file), text);
  }
  console.log(report(name, Object.keys(files), Object.keys(changes)));
});

function report(name, written, changed) {
  const list = (files) => files.map((file) => `  ${file}`);
  const tests = written.filter((file) => file.startsWith('test/'));
  const url = `http://localhost:3000/v1/${name.kebab}/one`;
  return [
    'wrote',
    ...list(written),
    'changed',
    ...list(changed),
    '',
    'next',
    `  npm test -- ${name.kebab}   runs its tests`,
    `  npm start, then   curl -X PUT ${url} -H 'content-type: application/json' -d '{"text":"hello"}'`,
    `  put your own words, keys and scripts into src/${name.kebab}; CONTRIBUTING.md says what goes where`,
    '',
    `To take it out: delete src/${name.kebab}, its tests in ${tests.join(' and ')}, its line in src/app.module.ts and its codes in docs/errors.md.`,
  ].join('\n');
}
