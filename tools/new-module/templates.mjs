/** The files of a new module: those of templates/, where the module is called `example-name`, and for a consumer those of consumer/. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inProject } from '../bootstrap/project.mjs';

/** Not a file of the module but rows for the project's list. */
const ERRORS = path.join('docs', 'errors.md');

/**
 * @param {{ kebab: string, camel: string, pascal: string, upper: string, stream?: string }} name With a stream there is a
 *   consumer of it.
 * @returns {{ files: Record<string, string>, errors: string }} Text by path, and the table of the module's error codes.
 */
export function fromTemplates(name) {
  // A file of the second folder takes the place of the first one's.
  const folders = name.stream === undefined ? ['templates'] : ['templates', 'consumer'];
  const { [ERRORS]: errors, ...files } = Object.assign({}, ...folders.map((folder) => textsOf(folder, name)));
  return { files, errors };
}

function textsOf(templates, name) {
  const folder = inProject(`tools/new-module/${templates}`);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const files = entries.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
  const texts = files.map((file) => [
    renamed(file, name),
    renamed(readFileSync(path.join(folder, file), 'utf8'), name),
  ]);
  return Object.fromEntries(texts);
}

/** All at once, because a name may have the word for another one in it. */
function renamed(text, { kebab, camel, pascal, upper, stream }) {
  const names = {
    'example-stream': stream,
    'example-name': kebab,
    exampleName: camel,
    ExampleName: pascal,
    EXAMPLE_NAME: upper,
  };
  return text.replace(new RegExp(Object.keys(names).join('|'), 'g'), (word) => names[word]);
}
