import { Injectable } from '@nestjs/common';
import { Settings } from '../config/index.js';
import { RedisKeys } from './redis.keys.js';

/** Until credentials carry one, every caller works in this namespace. */
export const DEFAULT_NAMESPACE = 'default';

/** Hands each feature the keys under its own name. Injectable. */
@Injectable()
export class RedisKeyspace {
  constructor(private readonly settings: Settings) {}

  of(feature: string, namespace = DEFAULT_NAMESPACE): RedisKeys {
    return new RedisKeys(this.settings.keyPrefix, namespace, feature);
  }
}
