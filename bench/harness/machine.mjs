import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { REDIS_PROGRAM } from './redis-server.mjs';

/** CPU seconds (user and system) that a process has used so far, from /proc. NaN where there is no /proc. */
export function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return NaN;
  }
}

/** Resident memory of a process in bytes, from /proc. NaN where there is no /proc. */
export function residentBytes(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
  } catch {
    return NaN;
  }
}

/** What the numbers of a run depend on. */
export function describeMachine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release()}`,
    node: process.version,
    redis: run(REDIS_PROGRAM, ['--version']).match(/v=(\S+)/)?.[1] ?? 'unknown',
    date: new Date().toISOString(),
    revision: run('git', ['rev-parse', '--short=12', 'HEAD']).trim() || 'unknown',
    changedFiles: run('git', ['status', '--porcelain', '--', ':/', ':!/bench/results'])
      .split('\n')
      .filter(Boolean).length,
    loadAverageBefore: Number(os.loadavg()[0].toFixed(2)),
  };
}

function run(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
