import { isIP } from 'node:net';
import type { Settings } from '../config/index.js';

/** The server would answer strangers without asking who they are. */
export class ProtectedModeError extends Error {
  constructor(host: string) {
    super(
      `Refusing to listen on ${host}: callers are not authenticated. Listen on 127.0.0.1, or set ALLOW_UNAUTHENTICATED=true where only trusted callers can reach the port.`,
    );
    this.name = 'ProtectedModeError';
  }
}

/** @throws ProtectedModeError when the address is reachable from other machines and that was not allowed. */
export function assertProtected({ host, allowUnauthenticated }: Settings): void {
  if (!allowUnauthenticated && !isLoopback(host)) throw new ProtectedModeError(host);
}

export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === 'localhost' || host === '::1';
}
