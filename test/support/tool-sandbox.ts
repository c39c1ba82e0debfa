import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeChild, spawnNode } from './child.js';

const project = path.resolve(__dirname, '../..');

/** Writes one line to `calls` for each call, then does what the stub's own text says. */
const STUB_HEAD = `
  const fs = require('node:fs');
  const path = require('node:path');
  const root = process.env.SANDBOX;
  const write = (file, text) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  };
  const called = (name) => fs.appendFileSync(path.join(root, 'calls'), [name, ...process.argv.slice(2)].join(' ') + '\\n');
`;

const TSC = `${STUB_HEAD}
  called('tsc');
  if (process.env.TSC_FAILS) { console.log('src/main.ts(1,1): error TS1: no'); process.exit(2); }
  write('dist/main.js', fs.readFileSync(path.join(root, 'src/main.ts')));`;

const JEST = `${STUB_HEAD}
  called('jest');
  const report = process.argv.find((argument) => argument.startsWith('--outputFile=')).slice(13);
  if (process.env.JEST_REPORT) fs.writeFileSync(report, process.env.JEST_REPORT);
  process.exit(Number(process.env.JEST_CODE ?? 0));`;

const NPM = `${STUB_HEAD}
  called('npm');
  if (process.env.NPM_FAILS) { console.error('npm error it cannot be had'); process.exit(1); }
  if (process.env.NPM_HANGS) { console.log('hanging'); setInterval(() => {}, 1000); return; }
  const { '': rootPackage, ...packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'))).packages;
  write('node_modules/typescript/bin/tsc', ${JSON.stringify(TSC)});
  write('node_modules/jest/bin/jest.js', ${JSON.stringify(JEST)});
  write('node_modules/.package-lock.json', JSON.stringify({ packages }));`;

/** A server that needs nothing: it tells who it is and how it was asked to stop. */
const SERVER = `
  const timer = setInterval(() => {}, 1000);
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
    if (stopping) { console.log('asked again'); return; }
    stopping = true;
    console.log('stopping');
    setTimeout(() => { clearInterval(timer); console.log('stopped'); }, 200);
  });
  console.log('listening', JSON.stringify({ pid: process.pid, redis: process.env.REDIS_SERVER_BIN, args: process.argv.slice(1) }));`;

const MANIFEST = { name: 'sandbox', engines: { node: '>=20.19' }, dependencies: { left: '1.0.0' } };
const LOCK = {
  packages: { '': { dependencies: { left: '1.0.0' } }, 'node_modules/left': { version: '1.0.0' } },
};

/**
 * A small project in a folder of its own with the real `tools/`, and stubs for all that the tools call: npm, tsc,
 * Jest and the programs on PATH. So a bare machine of any kind can be shown within a second, and without a network.
 */
export class ToolSandbox {
  readonly root = mkdtempSync(path.join(tmpdir(), 'holdfast-sandbox-'));
  private readonly bin = path.join(this.root, 'bin');

  constructor() {
    cpSync(path.join(project, 'tools'), path.join(this.root, 'tools'), { recursive: true });
    this.write('package.json', JSON.stringify(MANIFEST));
    this.write('package-lock.json', JSON.stringify(LOCK));
    for (const file of ['tsconfig.json', 'tsconfig.build.json']) this.write(file, '{}');
    this.write('src/main.ts', SERVER);
    this.write('npm/npm-cli.js', NPM);
    mkdirSync(this.bin);
  }

  /** Runs a tool of the sandbox; PATH has the sandbox' programs alone. */
  run(
    tool: string,
    { env = {}, args = [] }: { env?: Record<string, string>; args?: string[] } = {},
  ): NodeChild {
    const options = { cwd: this.root, env: { ...this.environment, ...env }, args };
    return spawnNode(path.join(this.root, 'tools', tool), options);
  }

  /** The sandbox' programs alone, and none of the settings of who runs the tests. */
  get environment(): Record<string, string | undefined> {
    const own = { PATH: this.bin, SANDBOX: this.root, npm_execpath: path.join(this.root, 'npm/npm-cli.js') };
    return { REDIS_URL: undefined, REDIS_SERVER_BIN: undefined, HOLDFAST_NO_INSTALL: undefined, ...own };
  }

  /** Puts a program on the sandbox' PATH: a shell script that can use the shell's own commands only. */
  program(name: string, script: string): string {
    const file = path.join(this.bin, name);
    this.write(path.join('bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** A Redis server, as far as the tools look at it. */
  redisServer(version = '7.0.15', name = 'redis-server'): string {
    return this.program(name, `echo "Redis server v=${version} sha=00000000:0 malloc=libc bits=64"`);
  }

  write(file: string, text: string): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), text);
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** What was called since the last look, by name: `npm`, `tsc`, `jest`. */
  calls(): string[] {
    const calls = this.read('calls').trim().split('\n').filter(Boolean);
    this.write('calls', '');
    return calls;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
