/**
 * Reads a Dockerfile into its stages: as much of the format as this project's file uses, and a refusal of the rest,
 * so that no step is left out in silence.
 */
import { BootstrapFailure } from '../bootstrap/failure.mjs';

const known = ['COPY', 'RUN', 'WORKDIR', 'ENV', 'USER', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'CMD'];

/** Instructions as { word, rest }: comments dropped, continued lines joined. */
function instructions(text) {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const joined = lines.join('\n').replace(/\\\n\s*/g, ' ');
  return joined.split('\n').map((line) => {
    const [, word, rest] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return { word, rest };
  });
}

/** `--from=build a b` as { flags: { from: 'build' }, words: ['a', 'b'] }. */
function splitFlags(rest) {
  const words = rest.trim().split(/\s+/);
  const isFlag = (word) => word.startsWith('--');
  const flags = Object.fromEntries(words.filter(isFlag).map((word) => word.slice(2).split('=')));
  return { flags, words: words.filter((word) => !isFlag(word)) };
}

function commandOf(rest) {
  const start = rest.indexOf('[');
  if (start < 0)
    throw new BootstrapFailure(`Dockerfile: "${rest}" runs in a shell; write it as ["program", "argument"]`);
  return JSON.parse(rest.slice(start));
}

function newStage(rest, args) {
  const image = rest.replace(/\$\{(\w+)\}/g, (_, name) => args[name]);
  const [, base, name] = /^(\S+)\s+AS\s+(\S+)$/.exec(image) ?? [];
  if (!name) throw new BootstrapFailure(`Dockerfile: "FROM ${rest}" names no stage`);
  return { name, base, steps: [], env: {} };
}

function addTo(stage, { word, rest }) {
  if (!known.includes(word))
    throw new BootstrapFailure(`Dockerfile: cannot rehearse the instruction ${word}`);
  if (word === 'ENV') for (const [, name, value] of rest.matchAll(/(\w+)=(\S*)/g)) stage.env[name] = value;
  else if (word === 'CMD') stage.command = commandOf(rest);
  else if (word === 'HEALTHCHECK') stage.healthcheck = commandOf(rest);
  else if (word === 'USER') stage.user = rest;
  else if (word === 'COPY') stage.steps.push({ word, ...splitFlags(rest) });
  else stage.steps.push({ word, rest });
}

/**
 * @param {string} text A Dockerfile.
 * @returns {{ name: string, base: string, env: Record<string, string>, user?: string, command?: string[],
 *   healthcheck?: string[], steps: { word: string, rest?: string, flags?: object, words?: string[] }[] }[]}
 * @throws {BootstrapFailure} When it holds something that a rehearsal would have to skip.
 */
export function parseDockerfile(text) {
  const stages = [];
  const args = {};
  for (const instruction of instructions(text)) {
    const { word, rest } = instruction;
    if (word === 'ARG') Object.assign(args, Object.fromEntries([rest.split('=')]));
    else if (word === 'FROM') stages.push(newStage(rest, args));
    else addTo(stages.at(-1), instruction);
  }
  return stages;
}
