import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a folder of src/ is: one of the product's features, ground that all stand on, or a team's own module. */
export type FolderKind = 'feature' | 'shared' | 'team' | 'unknown';

export interface Folder {
  readonly name: string;
  readonly kind: FolderKind;
}

/** The files of the project, or of a copy with something planted in it, as the rules look at them. */
export class Project {
  constructor(readonly root: string) {}

  /** Every file below a folder, relative to the root, in a fixed order. */
  files(folder: string, ending = ''): string[] {
    return readdirSync(path.join(this.root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
      .map((entry) => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .sort();
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** The folders of src/. folders.json names those of the product; any other with a module is a team's. */
  folders(): Folder[] {
    const { features, shared } = known;
    const files = this.files('src');
    const names = new Set(
      files.filter((file) => file.split('/').length > 2).map((file) => file.split('/')[1]),
    );
    return [...names].map((name) => {
      if (features.includes(name)) return { name, kind: 'feature' };
      if (shared.includes(name)) return { name, kind: 'shared' };
      return { name, kind: files.includes(`src/${name}/${name}.module.ts`) ? 'team' : 'unknown' };
    });
  }

  /** The folders that have the anatomy of a feature. */
  features(): Folder[] {
    return this.folders().filter(({ kind }) => kind === 'feature' || kind === 'team');
  }
}

const known = JSON.parse(readFileSync(path.join(__dirname, 'folders.json'), 'utf8')) as Readonly<
  Record<'features' | 'shared', string[]>
>;

export const project = new Project(path.resolve(__dirname, '../..'));

const planted: string[] = [];

/**
 * A project in a temporary folder, gone after the test file: copies of some paths of this one, and further files.
 *
 * @param files text by path.
 */
export function plant(files: Readonly<Record<string, string>>, copied: readonly string[] = []): Project {
  const root = mkdtempSync(path.join(tmpdir(), 'holdfast-planted-'));
  planted.push(root);
  for (const each of copied)
    cpSync(path.join(project.root, each), path.join(root, each), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  symlinkSync(path.join(project.root, 'node_modules'), path.join(root, 'node_modules'));
  return new Project(root);
}

afterAll(() => {
  for (const root of planted.splice(0)) rmSync(root, { recursive: true, force: true });
});
