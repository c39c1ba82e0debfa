/**
 * Runs a Dockerfile's own COPY and RUN lines without a container engine: each stage is a folder, and the stage's `/` is
 * that folder. It shows that the lines work from a clean start and what ends up in the image; the base image itself is not
 * part of it.
 */
import { cpSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { executeQuietly } from '../bootstrap/command.mjs';
import { step as showStep } from '../bootstrap/progress.mjs';
import { root } from '../bootstrap/project.mjs';

/** The context's folders pass: Docker looks at files, and a folder that is left out may hold one that is not. */
const isLeftOut = (file, isIgnored) => !statSync(file).isDirectory() && isIgnored(path.relative(root, file));

/** Where Docker puts a source: a folder's content becomes the target, a file goes into a target that is a folder. */
function destinationOf(source, target, stage) {
  const folder = target.startsWith('/') ? path.join(stage.folder, target) : path.join(stage.cwd, target);
  const goesInto = /\/$|^\.$/.test(target) && !statSync(source).isDirectory();
  return goesInto ? path.join(folder, path.basename(source)) : folder;
}

function copy({ flags, words }, stage, isIgnored) {
  const other = stage.others[flags.from];
  for (const word of words.slice(0, -1)) {
    const source = path.join(other?.folder ?? root, word);
    const destination = destinationOf(source, words.at(-1), stage);
    mkdirSync(path.dirname(destination), { recursive: true });
    // A finished stage is not used again: moving spares copying node_modules.
    if (other) renameSync(source, destination);
    else cpSync(source, destination, { recursive: true, filter: (file) => !isLeftOut(file, isIgnored) });
  }
}

/** Of npm's own variables a RUN sees where the packages come from, and none that change what an npm in it does. */
function environment(stage) {
  const kept = ['npm_config_registry', 'npm_config_userconfig', 'npm_config_cache'];
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') || kept.includes(name));
  return { ...Object.fromEntries(own), ...stage.env };
}

async function run(step, stage, isIgnored) {
  if (step.word === 'WORKDIR') {
    stage.cwd = path.join(stage.folder, step.rest);
    mkdirSync(stage.cwd, { recursive: true });
  } else if (step.word === 'COPY') {
    copy(step, stage, isIgnored);
  } else if (step.word === 'RUN') {
    const options = { cwd: stage.cwd, env: environment(stage) };
    await showStep(`[${stage.name}] ${step.rest}`, () =>
      executeQuietly(['sh', '-c', step.rest], step.rest, options),
    );
  }
}

/**
 * @param {ReturnType<import('./dockerfile.mjs').parseDockerfile>} stages
 * @param {string} folder An empty one.
 * @param {(file: string) => boolean} isIgnored From .dockerignore.
 * @returns {Promise<object>} The last stage, with `folder` (its `/`) and `cwd` (its working folder).
 * @throws {BootstrapFailure} When a RUN fails.
 */
export async function rehearse(stages, folder, isIgnored) {
  const done = {};
  for (const parsed of stages) {
    const stage = { ...parsed, folder: path.join(folder, parsed.name), others: done };
    stage.cwd = stage.folder;
    mkdirSync(path.join(stage.folder, 'tmp'), { recursive: true });
    for (const step of stage.steps) await run(step, stage, isIgnored);
    done[stage.name] = stage;
  }
  return done[stages.at(-1).name];
}
