/**
 * The first thing that every tool imports: it says in one line that Node is too old, before a newer
 * syntax or API does so with a stack. The floor is the one that package.json declares.
 */
import { readFileSync } from 'node:fs';

const manifest = new URL('../../package.json', import.meta.url);
const floor = /(\d+)\.(\d+)/.exec(JSON.parse(readFileSync(manifest, 'utf8')).engines.node);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < Number(floor[1]) || (major === Number(floor[1]) && minor < Number(floor[2]))) {
  console.error(`holdfast: needs Node ${floor[0]} or newer; this is ${process.versions.node}`);
  process.exit(1);
}
