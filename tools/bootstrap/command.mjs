/**
 * Runs other programs without leaving one behind: what ends this process ends the program first.
 */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { BootstrapFailure } from './failure.mjs';
import { root } from './project.mjs';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const keptCharacters = 8000;

/**
 * Runs a program to its end and passes on the signals that this process gets meanwhile.
 * @param {string[]} command The program and its arguments.
 * @param {object} [options] For child_process.spawn; by default it shares this process' terminal.
 * @param {(text: string) => void} [onOutput] Gets stdout and stderr where they are piped.
 * @returns {Promise<number>} Its exit code; as in a shell, 128 + N for the signal N and 127 for a missing program.
 */
export function execute([program, ...args], options = {}, onOutput = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options });
    const forward = (signal) => child.kill(signal);
    const settle = (code) => {
      forwarded.forEach((signal) => process.off(signal, forward));
      resolve(code);
    };
    forwarded.forEach((signal) => process.on(signal, forward));
    child.stdout?.setEncoding('utf8').on('data', onOutput);
    child.stderr?.setEncoding('utf8').on('data', onOutput);
    child.on('error', (error) => {
      onOutput(`${error.message}\n`);
      settle(127);
    });
    child.on('close', (code, signal) => settle(code ?? 128 + constants.signals[signal]));
  });
}

/**
 * Runs a program whose output matters only when it fails: then its last lines are shown.
 * @param {string[]} command
 * @param {string} [says] The command as a person would type it.
 * @param {object} [options] For child_process.spawn.
 * @throws {BootstrapFailure} When it ends with anything but 0; one that a signal ended carries on that exit code.
 */
export async function executeQuietly(command, says = command.join(' '), options = {}) {
  let output = '';
  const keep = (text) => (output = (output + text).slice(-keptCharacters));
  const code = await execute(command, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }, keep);
  if (code === 0) return;
  process.stderr.write(output);
  throw new BootstrapFailure(`"${says}" ended with exit code ${code}`, code > 128 ? code : 1);
}

/**
 * Asks a program something that it answers at once.
 * @param {...string} command
 * @returns {string | undefined} What it wrote to stdout, or undefined when it failed.
 */
export function ask(program, ...args) {
  const answer = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return answer.status === 0 ? answer.stdout : undefined;
}
