import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Script } from '../../src/redis/index.js';
import type { Project } from './project.js';

const MAX_LINES = 60;
const INCLUDES = '-- INCLUDES\n';
const CLOCK_ARGUMENT = /^(?:now|date|today|timestamp|currentTime)/i;

/** What a script is declared with; the rest of {@link Script} does not matter to its contract. */
export type Declared = Pick<Script, 'name' | 'keys' | 'args'>;

export interface DeclaredScript extends Declared {
  /** Relative to the project's root. */
  readonly file: string;
  /** The fragments that its text begins with, likewise. */
  readonly fragments: readonly string[];
  readonly lua: string;
}

/** Every script of the project, with the file that it must have been read from. */
export async function declaredScripts(project: Project): Promise<DeclaredScript[]> {
  const scripts: DeclaredScript[] = [];
  for (const file of project.files('src', '.scripts.ts')) {
    const exported = Object.values((await import(join(project.root, file))) as Record<string, unknown>);
    for (const script of exported.filter(isScript)) {
      const folder = resolve(project.root, dirname(file));
      const fragments = script.includes.map((each) => relative(project.root, resolve(folder, each)));
      const own = join(dirname(file), 'lua', `${script.name.split('.')[1]}.lua`);
      scripts.push({ ...script, fragments, file: own });
    }
  }
  return scripts;
}

function isScript(value: unknown): value is Script {
  return typeof value === 'object' && value !== null && 'lua' in value && 'reply' in value;
}

/** What is wrong with the scripts as a whole: files that nothing loads, names that are taken or not at home. */
export function inventoryFaults(project: Project, scripts: readonly DeclaredScript[]): string[] {
  const files = new Set(scripts.flatMap(({ file, fragments }) => [file, ...fragments]));
  const orphans = project.files('src', '.lua').filter((file) => !files.has(file));
  const names = scripts.map(({ name }) => name);
  const taken = names.filter((name, index) => names.indexOf(name) !== index);
  const strangers = scripts.filter(
    ({ name, file }) => !dirname(file).split('/').includes(name.split('.')[0]),
  );
  const unread = scripts.filter(({ file, fragments, lua }) => {
    const included = fragments.map((each) => textOf(project, each)).join('');
    const own = textOf(project, file);
    const whole = own.includes(INCLUDES) ? own.replace(INCLUDES, () => included) : included + own;
    return whole !== lua;
  });
  return [
    ...orphans.map((file) => `${file} is declared by no script`),
    ...taken.map((name) => `${name} is declared twice`),
    ...strangers.map(({ name, file }) => `${name} is not named after a folder of ${file}`),
    ...unread.map(({ name, file }) => `${name} was not read from ${file}`),
  ];
}

export const textOf = (project: Project, file: string): string =>
  readFileSync(join(project.root, file), 'utf8');

/** What is wrong with a fragment: it has functions for scripts to call, and touches only what they hand over. */
export function fragmentFaults(file: string, lua: string): string[] {
  const faults = [
    ...(/^-- \S/.test(lua) ? [] : ['does not begin with its purpose']),
    ...(/\b(?:KEYS|ARGV)\b/.test(withoutComments(lua)) ? ['uses KEYS or ARGV'] : []),
    ...builtKeys(lua),
    ...lengthFaults(lua),
  ];
  return faults.map((fault) => `${file} ${fault}`);
}

/** Where a script's own text breaks its contract, a sentence each. */
export function contractFaults({ name, keys, args }: Declared, lua: string): string[] {
  const faults = [
    ...headFaults(lua, keys, args),
    ...countFaults('KEYS', keys.length, lua),
    ...countFaults('ARGV', args.length, lua),
    ...builtKeys(lua),
    ...args
      .filter((arg) => CLOCK_ARGUMENT.test(arg))
      .map((arg) => `takes the time as "${arg}": ask Redis TIME`),
    ...lengthFaults(lua),
  ];
  return faults.map((fault) => `${name} ${fault}`);
}

function lengthFaults(lua: string): string[] {
  const lines = lua.trimEnd().split('\n').length;
  return lines > MAX_LINES ? [`has ${lines} lines, more than ${MAX_LINES}`] : [];
}

/** The head: purpose, KEYS, ARGV, Reply, in this order. Each may go on in lines that are indented further. */
function headFaults(lua: string, keys: readonly string[], args: readonly string[]): string[] {
  const head = /^(?:--.*\n?)*/.exec(lua)?.[0].replace(/\n-- {2,}/g, ' ') ?? '';
  const match =
    /^-- (?!KEYS:|ARGV:|Reply:)\S.*\n(?:-- (?!KEYS:|ARGV:|Reply:).*\n)*?-- KEYS:(.*)\n-- ARGV:(.*)\n-- Reply: \S/.exec(
      head,
    );
  if (!match) return ['does not begin with its purpose, KEYS, ARGV and Reply'];
  return [...differing('KEYS', match[1], keys), ...differing('ARGV', match[2], args)];
}

function differing(what: string, text: string, names: readonly string[]): string[] {
  const written = text.trim();
  return written === names.join(', ')
    ? []
    : [`says ${what}: ${written}, and is declared with: ${names.join(', ')}`];
}

/** A loop over a list may go beyond the named ones; nothing else may, and all of them are used. */
function countFaults(list: 'KEYS' | 'ARGV', declared: number, lua: string): string[] {
  const code = withoutComments(lua);
  const used = [...code.matchAll(new RegExp(`\\b${list}\\[(\\d+)\\]`, 'g'))].map(([, index]) =>
    Number(index),
  );
  const highest = Math.max(0, ...used);
  const loops = new RegExp(`#${list}\\b|unpack\\(${list}\\b|\\b${list}\\[[^\\]\\d]`).test(code);
  if (highest > declared) return [`uses ${list}[${highest}] and declares ${declared}`];
  return highest < declared && !loops ? [`declares ${declared} ${list} and uses ${highest}`] : [];
}

/** Cluster routes by the keys that it is told: one that is put together inside a script escapes it. */
function builtKeys(lua: string): string[] {
  const code = withoutComments(lua);
  const names = ['KEYS\\[\\d+\\]', ...namesOfKeys(code)];
  const joined = names.filter((name) =>
    new RegExp(`(?<![\\w.])${name}\\s*\\.\\.|\\.\\.\\s*${name}(?![\\w.\\[])`).test(code),
  );
  const inPlace = /redis\.p?call\(\s*'[^']+'\s*,[^,)]*\.\./.test(code);
  return joined.length > 0 || inPlace ? ['puts a key together'] : [];
}

/** `local user, id = KEYS[1], ARGV[1]` makes `user` a key. */
function namesOfKeys(code: string): string[] {
  return [...code.matchAll(/^\s*local ([\w, ]+) = (.+)$/gm)].flatMap(([, names, values]) => {
    const list = values.split(',').map((value) => value.trim());
    return names
      .split(',')
      .flatMap((name, index) => (/^KEYS\[\d+\]$/.test(list[index] ?? '') ? name.trim() : []));
  });
}

function withoutComments(lua: string): string {
  return lua.replace(/--.*$/gm, '');
}
