import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../config/index.js';
import { PolicyFile } from './policy-file.js';

const ONCE = { algorithm: 'fixed-window', limit: 1, windowMs: 1000 };

const folder = mkdtempSync(join(tmpdir(), 'holdfast-policy-file-'));
const path = join(folder, 'policies.json');

afterAll(() => rmSync(folder, { recursive: true }));

/** A file with this text. */
function read(text: string): PolicyFile {
  writeFileSync(path, text);
  return new PolicyFile(readSettings({ RATE_LIMIT_POLICIES_FILE: path }));
}

/** The lines of the error that reading gives, without the name of the file. */
function faultsOf(content: unknown): string[] {
  try {
    read(typeof content === 'string' ? content : JSON.stringify(content));
  } catch (error) {
    const { message } = error as Error;
    const file = `RATE_LIMIT_POLICIES_FILE ${path}: `;
    return message.startsWith(file) ? message.slice(file.length).split('\n') : [message];
  }
  return [];
}

describe('PolicyFile', () => {
  it('has no policies without the setting', () => {
    expect(new PolicyFile(readSettings({})).policies.size).toBe(0);
  });

  it('reads policies by name, and forgets what is null', () => {
    const { policies } = read(
      JSON.stringify({ a: ONCE, 'b/☃': { ...ONCE, blockDurationMs: null, mode: 'shadow' } }),
    );
    expect([...policies]).toEqual([
      ['a', { name: 'a', ...ONCE }],
      ['b/☃', { name: 'b/☃', ...ONCE, mode: 'shadow' }],
    ]);
  });

  it('throws when the file is absent', () => {
    const settings = readSettings({ RATE_LIMIT_POLICIES_FILE: join(folder, 'absent.json') });
    expect(() => new PolicyFile(settings)).toThrow(/absent\.json: ENOENT/);
  });

  it('throws when the content is no JSON', () => {
    expect(faultsOf('{')).toEqual([expect.stringContaining('JSON')]);
  });

  it.each([[[ONCE]], [null], ['"text"'], [7]])('throws when the content is no object: %j', (content) => {
    expect(faultsOf(content)).toEqual(['must be an object of policies by name']);
  });

  it('throws with a line for each fault of each policy', () => {
    const content = {
      one: { ...ONCE, limit: -1, burst: 5 },
      '': ONCE,
      fine: ONCE,
      three: 7,
      four: { ...ONCE, algorithm: 'sundial', hits: 1 },
      five: [],
    };
    expect(faultsOf(content)).toEqual([
      'policy one: limit must not be less than 0',
      'policy one: burst is only for token-bucket and leaky-bucket',
      '"" is no name of a policy',
      'policy three: must be an object',
      'policy four: property hits should not exist',
      expect.stringMatching(/^policy four: algorithm must be one of/),
      expect.stringMatching(/^policy five: /),
    ]);
  });
});
