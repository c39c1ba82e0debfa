import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isId } from '../../redis/index.js';
import { PolicyDto } from './dto/policy.dto.js';
import type { Policy } from './policy.js';

/** A policy from outside of REST: a file, or a decorator. @throws Error with a line for each fault. */
export function readPolicy(name: string, plain: unknown): Policy {
  if (!isId(name)) throw new Error(`"${String(name).slice(0, 40)}" is no name of a policy`);
  if (typeof plain !== 'object' || plain === null) throw new Error(`policy ${name}: must be an object`);
  const dto = plainToInstance(PolicyDto, plain);
  const faults = validateSync(dto, { whitelist: true, forbidNonWhitelisted: true });
  if (faults.length === 0) return dto.toPolicy(name);
  const rules = faults.flatMap(({ constraints = {} }) => Object.values(constraints));
  throw new Error(rules.map((rule) => `policy ${name}: ${rule}`).join('\n'));
}
