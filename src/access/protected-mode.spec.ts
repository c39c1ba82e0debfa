import { readSettings } from '../config/index.js';
import { assertProtected, isLoopback } from './protected-mode.js';

const LOOPBACK = ['127.0.0.1', '127.8.9.1', '::1', 'localhost'];
const REACHABLE = [
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  'fe80::1',
  'localhost.example.com',
  '127.0.0.1.nip.io',
];

describe('protected mode', () => {
  it.each(LOOPBACK)('lets the server listen on %s', (HOST) => {
    expect(isLoopback(HOST)).toBe(true);
    expect(() => assertProtected(readSettings({ HOST }))).not.toThrow();
  });

  it.each(REACHABLE)('keeps the server from %s unless that was allowed', (HOST) => {
    expect(isLoopback(HOST)).toBe(false);
    expect(() => assertProtected(readSettings({ HOST }))).toThrow(`Refusing to listen on ${HOST}`);
    expect(() => assertProtected(readSettings({ HOST, ALLOW_UNAUTHENTICATED: 'true' }))).not.toThrow();
  });
});
