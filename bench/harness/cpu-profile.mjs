import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownTable, number } from './format.mjs';

const FOLDER = fileURLToPath(new URL('../results/preliminary/cpu-profiles/', import.meta.url));
const INTERVAL_US = 500;
const ROWS = 15;

/** The same arm, writing a CPU profile when its process ends; profiles of earlier runs are removed. */
export function withCpuProfile(arm) {
  const folder = join(FOLDER, arm.name);
  rmSync(folder, { recursive: true, force: true });
  const profile = ['--cpu-prof', '--cpu-prof-interval', String(INTERVAL_US), '--cpu-prof-dir', folder];
  return { ...arm, nodeOptions: [...(arm.nodeOptions ?? []), ...profile] };
}

/** Where the last process of each arm spent its time. */
export function hotSpotSections(arms) {
  return arms.flatMap(({ name }) => {
    const folder = join(FOLDER, name);
    const last = existsSync(folder) ? readdirSync(folder).sort().at(-1) : undefined;
    if (!last) return [];
    const { busyMs, byOwner, byFunction } = readHotSpots(
      JSON.parse(readFileSync(join(folder, last), 'utf8')),
    );
    const table = (head, spots) => markdownTable([head, '%'], topRows(spots, busyMs));
    return [`## CPU of ${name}`, table('Package or module', byOwner), table('Function', byFunction)];
  });
}

function topRows(spots, busyMs) {
  const sorted = [...spots].sort((a, b) => b[1] - a[1]).slice(0, ROWS);
  return sorted.map(([name, ms]) => [`\`${name}\``, number((ms / busyMs) * 100)]);
}

/** Sums the samples of the middle of the run, where it is under load. Node's own work counts for the module that asked. */
function readHotSpots({ nodes, samples, timeDeltas, startTime, endTime }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const [byOwner, byFunction] = [new Map(), new Map()];
  let [time, busyMs] = [startTime, 0];
  for (const [index, id] of samples.entries()) {
    time += timeDeltas[index];
    const { callFrame } = byId.get(id);
    const inMiddle =
      time > startTime + (endTime - startTime) * 0.4 && time < startTime + (endTime - startTime) * 0.8;
    if (!inMiddle || callFrame.functionName === '(idle)') continue;
    const ms = timeDeltas[index] / 1000;
    busyMs += ms;
    add(byOwner, ownerOf(id, byId, parents), ms);
    add(byFunction, `${callFrame.functionName || 'anonymous'} ${moduleOf(callFrame.url)}`, ms);
  }
  return { busyMs, byOwner, byFunction };
}

function ownerOf(id, byId, parents) {
  for (let at = id; at !== undefined; at = parents.get(at)) {
    const { url } = byId.get(at).callFrame;
    if (/node_modules|\/(?:dist|bench)\//.test(url)) return moduleOf(url);
  }
  return 'node';
}

function moduleOf(url) {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return inPackage ?? url.replace(/.*\/(?:dist|bench)\//, '').replace(/^node:/, 'node ');
}

function add(sums, name, ms) {
  sums.set(name, (sums.get(name) ?? 0) + ms);
}
