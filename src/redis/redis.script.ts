import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export type ScriptArgument = string | number | Buffer;

/** What Redis gets of a script. */
export interface ScriptText {
  readonly lua: string;
  /** What EVALSHA knows the text by. */
  readonly sha: string;
  /** The reply's strings are bytes, and come as Buffers. */
  readonly isBinary: boolean;
}

/** The fragment that gives scripts `nowMs()`, the time by Redis' clock. */
export const NOW = join(__dirname, 'lua', 'now.lua');

/** A Lua script with named keys and arguments, typed by name. Made by {@link defineScript}. */
export interface Script<
  K extends string = string,
  A extends string = string,
  R = unknown,
> extends ScriptText {
  /** `<feature>.<verb>`; the file is `lua/<verb>.lua` in the feature's folder. */
  readonly name: string;
  readonly feature: string;
  readonly keys: readonly K[];
  readonly args: readonly A[];
  readonly includes: readonly string[];
  /** The same for many calls at once. */
  readonly batch: ScriptText;
  readonly reply: (raw: unknown) => R;
}

export interface ScriptDefinition<K extends string, A extends string, R> {
  readonly name: `${string}.${string}`;
  /** The feature's folder: `__dirname` of its `<feature>.scripts.ts`. */
  readonly directory: string;
  /**
   * Fragments, in this order: paths in the feature's folder, such as `lua/x.lua`, or one that all features share, such as
   * {@link NOW}. The script's text begins with them, or has them in the place of its line `-- INCLUDES`: what stands before
   * that, and returns, costs no making of their functions.
   */
  readonly includes?: readonly string[];
  /** In the order of KEYS, before the `restKeys` of {@link ScriptParameters}; all of one slot. */
  readonly keys: readonly K[];
  /** In the order of ARGV, before the `rest` of {@link ScriptParameters}. */
  readonly args: readonly A[];
  /** The reply's strings are bytes: `reply` gets them as Buffers. */
  readonly isBinary?: boolean;
  /** Turns Redis' reply into the result. */
  readonly reply: (raw: unknown) => R;
}

export type ScriptParameters<K extends string, A extends string> = {
  readonly keys: Readonly<Record<K, string>>;
  readonly args: Readonly<Record<A, ScriptArgument>>;
  /** Keys after the named ones, for scripts that take a list. */
  readonly restKeys?: readonly string[];
  /** Arguments after the named ones, for scripts that take a list. */
  readonly rest?: readonly ScriptArgument[];
  /** Called when it leaves: until then, what others have done before they asked is seen by it. */
  readonly onSent?: () => void;
};

/**
 * Declares a script: reads its Lua once, at import. The head of the file repeats the names
 * (`-- KEYS: a, b`, `-- ARGV: c, d`), and a test compares both with the numbers used in the body.
 */
export function defineScript<K extends string, A extends string, R>(
  definition: ScriptDefinition<K, A, R>,
): Script<K, A, R> {
  const [feature, verb] = definition.name.split('.');
  const { name, keys, args, reply, includes = [], isBinary = false } = definition;
  const read = (file: string) => readFileSync(resolve(definition.directory, file), 'utf8');
  const text = (lua: string): ScriptText => ({ lua, sha: sha1(lua), isBinary });
  const fragments = includes.map(read).join('');
  const own = read(`lua/${verb}.lua`);
  const [before, after] = own.split(INCLUDES);
  // All of its calls in a batch share the functions of fragments that come first.
  const [shared, lua] = after === undefined ? [fragments, own] : ['', before + fragments + after];
  const batch = text(shared + batchedLua(lua, keys.length, args.length));
  return { ...text(shared + lua), name, feature, keys, args, includes, batch, reply };
}

const INCLUDES = '-- INCLUDES\n';

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/**
 * What comes after a script's fragments to run it once for each set of keys and arguments, and to reply with a list. One
 * call that fails does not touch the others: its place holds its error.
 */
function batchedLua(lua: string, keys: number, args: number): string {
  return `local function one(KEYS, ARGV)
${lua}
end
local replies = {}
for call = 0, #KEYS / ${keys} - 1 do
  local ok, reply = pcall(one, ${places('KEYS', keys)}, ${places('ARGV', args)})
  if not ok then
    reply = type(reply) == 'table' and reply or {err = 'ERR ' .. tostring(reply)}
  elseif reply == nil then
    reply = false
  end
  replies[call + 1] = reply
end
return replies
`;
}

/** Those of one call, spelt out: Lua makes the table in one step, and looks for no `unpack`. */
function places(list: 'KEYS' | 'ARGV', count: number): string {
  const each = Array.from({ length: count }, (_, place) => `${list}[call * ${count} + ${place + 1}]`);
  return `{ ${each.join(', ')} }`;
}
