import { basename, dirname } from 'node:path';
import type { Folder, Project } from './project.js';

const WORD = '[a-z][a-z0-9]*(?:-[a-z0-9]+)*';

/** The last word before `.ts` says what a file is. A file without such a word is a noun of its feature. */
const SLOTS = [
  'module|controller|service|consumer|guard|interceptor|starter|keys|scripts|errors',
  'repository|tables|migrations|seeder|store|metadata|headers|metrics|cursor|types',
].join('|');

/** Names under which anything could hide. */
const SAYS_NOTHING = /^(?:utils?|helpers?|common|misc|constants|interfaces|shared|lib|tools)(?:\.|$)/;

/** Slots that are folders, each with one kind of file. */
const SLOT_FOLDERS: Readonly<Record<string, RegExp>> = {
  lua: new RegExp(`^${WORD}\\.lua$`),
  dto: new RegExp(`^(?:${WORD}\\.(?:dto|query)|is-${WORD}|rules)\\.ts$`),
  decorators: new RegExp(`^${WORD}\\.decorator\\.ts$`),
  adapters: new RegExp(`^${WORD}\\.${WORD}\\.ts$`),
};

const SLOT_FILE = new RegExp(`^(${WORD})\\.(?:${SLOTS})\\.ts$`);
const NOUN_FILE = new RegExp(`^${WORD}\\.ts$`);
const DTO_OR_DECORATOR = new RegExp(`^${WORD}\\.(?:dto|decorator)\\.ts$`);

/** What in the folders of src/ has no place in the anatomy, a sentence each. */
export function anatomyFaults(project: Project): string[] {
  const folders = project.folders();
  const features = project.features();
  return [
    ...folders
      .filter(({ kind }) => kind === 'unknown')
      .map(({ name }) => `src/${name} is no feature, no shared folder and has no ${name}.module.ts`),
    ...folders
      .filter(({ name }) => !project.files(`src/${name}`).includes(`src/${name}/index.ts`))
      .map(({ name }) => `src/${name}/index.ts is missing`),
    ...features.flatMap((feature) => missingReadme(project, feature)),
    ...features.flatMap(({ name }) =>
      project.files(`src/${name}`).flatMap((file) => misplaced(file, name) ?? []),
    ),
  ];
}

function missingReadme(project: Project, { name }: Folder): string[] {
  const files = project.files(`src/${name}`);
  const hasModule = files.includes(`src/${name}/${name}.module.ts`);
  return hasModule && !files.includes(`src/${name}/README.md`) ? [`src/${name}/README.md is missing`] : [];
}

function misplaced(file: string, feature: string): string | undefined {
  const name = basename(file).replace(/\.spec\.ts$/, '.ts');
  const folders = dirname(file).split('/').slice(2);
  const folder = folders.at(-1);
  if (folders.slice(0, -1).some((each) => each in SLOT_FOLDERS)) return `${file}: ${folders.at(-2)}/ is flat`;
  if (folder !== undefined && folder in SLOT_FOLDERS) {
    return SLOT_FOLDERS[folder].test(name) ? undefined : `${file} is none of what stands in ${folder}/`;
  }
  if (folder !== undefined && SAYS_NOTHING.test(folder)) return `${file}: "${folder}" says nothing`;
  return folder === undefined ? misplacedAtTheTop(file, name, feature) : misplacedBelow(file, name);
}

function misplacedAtTheTop(file: string, name: string, feature: string): string | undefined {
  if (name === 'README.md' || name === 'index.ts') return undefined;
  const slot = SLOT_FILE.exec(name);
  if (slot)
    return `${slot[1]}-`.startsWith(`${feature}-`)
      ? undefined
      : `${file}: a slot bears the name of its feature`;
  return noun(file, name);
}

/** A sub-folder is a noun of the feature, with the same slots, behind the feature's index.ts. */
function misplacedBelow(file: string, name: string): string | undefined {
  if (name === 'index.ts') return `${file}: a feature has one index.ts, at its top`;
  if (name === 'README.md' || SLOT_FILE.test(name) || DTO_OR_DECORATOR.test(name)) return undefined;
  return noun(file, name);
}

function noun(file: string, name: string): string | undefined {
  if (SAYS_NOTHING.test(name)) return `${file}: the name says nothing`;
  return NOUN_FILE.test(name) ? undefined : `${file} is no slot of the anatomy`;
}
