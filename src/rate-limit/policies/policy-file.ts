import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../../config/index.js';
import type { Policy } from './policy.js';
import { readPolicy } from './read-policy.js';

/** Also through the symbolic links by which Kubernetes swaps a mounted ConfigMap. */
const LOOK_EVERY_MS = 400;

/**
 * The policies of RATE_LIMIT_POLICIES_FILE: a JSON object of policies by name, read again when the file changes.
 * A file that is wrong stops the boot; one that becomes wrong later is reported, and what was read before stays.
 */
@Injectable()
export class PolicyFile implements OnApplicationShutdown {
  private readonly logger = new Logger('RateLimit');
  private readonly path?: string;
  private current: ReadonlyMap<string, Policy> = new Map();

  constructor({ rateLimitPoliciesFile }: Settings) {
    this.path = rateLimitPoliciesFile;
    if (this.path) this.current = readPolicies(this.path);
  }

  get policies(): ReadonlyMap<string, Policy> {
    return this.current;
  }

  watch(onChange: () => void): void {
    if (!this.path) return;
    const { path } = this;
    watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, () => {
      try {
        this.current = readPolicies(path);
        this.logger.log(`read ${this.current.size} policies from ${path}`);
        onChange();
      } catch (error) {
        this.logger.error((error as Error).message);
      }
    });
  }

  onApplicationShutdown(): void {
    if (this.path) unwatchFile(this.path);
  }
}

/** @throws Error with a line for each fault. */
function readPolicies(path: string): Map<string, Policy> {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
      throw new Error('must be an object of policies by name');
    }
    return readAll(content);
  } catch (error) {
    throw new Error(`RATE_LIMIT_POLICIES_FILE ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws Error with a line for each fault of each policy. */
function readAll(content: object): Map<string, Policy> {
  const policies = new Map<string, Policy>();
  const faults: string[] = [];
  for (const [name, plain] of Object.entries(content)) {
    try {
      policies.set(name, readPolicy(name, plain));
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return policies;
}
