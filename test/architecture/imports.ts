import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Project, project } from './project.js';

const CRUISER = path.join(project.root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const MAX_REPORT_BYTES = 64 * 1024 * 1024;

/** What dependency-cruiser reports, as far as the tests look at it. */
export interface Imports {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

/** Looks at every import of src/ and test/ by the rules of .dependency-cruiser.cjs. */
export async function readImports({ root }: Project): Promise<Imports> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [CRUISER, 'src', 'test', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
    { cwd: root, maxBuffer: MAX_REPORT_BYTES },
  );
  return JSON.parse(stdout) as Imports;
}

/** Folders of src/ that need each other, through whichever files: `a -> b -> a`, each circle once. */
export function folderCircles({ modules }: Imports): string[] {
  const needs = new Map<string, Set<string>>();
  for (const { source, dependencies } of modules) {
    const from = folderOf(source);
    for (const to of dependencies.map(({ resolved }) => folderOf(resolved))) {
      if (from && to && from !== to) needs.set(from, (needs.get(from) ?? new Set()).add(to));
    }
  }
  const circles = new Set<string>();
  const follow = (folder: string, way: readonly string[]): void => {
    const start = way.indexOf(folder);
    if (start >= 0) circles.add(turned(way.slice(start)).join(' -> '));
    else for (const next of needs.get(folder) ?? []) follow(next, [...way, folder]);
  };
  for (const folder of needs.keys()) follow(folder, []);
  return [...circles];
}

function folderOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

/** From whichever folder a circle was entered, it is the same circle. */
function turned(circle: readonly string[]): string[] {
  const first = circle.indexOf([...circle].sort()[0]);
  return [...circle.slice(first), ...circle.slice(0, first), circle[first]];
}
