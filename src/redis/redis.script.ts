import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type ScriptArgument = string | number | Buffer;

/** A Lua script with named keys and arguments, typed by name. Made by {@link defineScript}. */
export interface Script<K extends string = string, A extends string = string, R = unknown> {
  /** `<feature>.<verb>`; the file is `lua/<verb>.lua` in the feature's folder. */
  readonly name: string;
  readonly feature: string;
  readonly keys: readonly K[];
  readonly args: readonly A[];
  readonly lua: string;
  /** What EVALSHA knows the text by. */
  readonly sha: string;
  readonly reply: (raw: unknown) => R;
}

export interface ScriptDefinition<K extends string, A extends string, R> {
  readonly name: `${string}.${string}`;
  /** The feature's folder: `__dirname` of its `<feature>.scripts.ts`. */
  readonly directory: string;
  /** In the order of KEYS; all of one slot. */
  readonly keys: readonly K[];
  /** In the order of ARGV, before the `rest` of {@link ScriptParameters}. */
  readonly args: readonly A[];
  /** Turns Redis' reply into the result. */
  readonly reply: (raw: unknown) => R;
}

export type ScriptParameters<K extends string, A extends string> = {
  readonly keys: Readonly<Record<K, string>>;
  readonly args: Readonly<Record<A, ScriptArgument>>;
  /** Arguments after the named ones, for scripts that take a list. */
  readonly rest?: readonly ScriptArgument[];
};

/**
 * Declares a script: reads its Lua once, at import. The head of the file repeats the names
 * (`-- KEYS: a, b`, `-- ARGV: c, d`), and a test compares both with the numbers used in the body.
 */
export function defineScript<K extends string, A extends string, R>(
  definition: ScriptDefinition<K, A, R>,
): Script<K, A, R> {
  const [feature, verb] = definition.name.split('.');
  const lua = readFileSync(join(definition.directory, 'lua', `${verb}.lua`), 'utf8');
  const sha = createHash('sha1').update(lua).digest('hex');
  const { name, keys, args, reply } = definition;
  return { name, feature, keys, args, lua, sha, reply };
}
