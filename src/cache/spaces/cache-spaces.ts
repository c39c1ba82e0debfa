import { Injectable } from '@nestjs/common';
import { CacheService } from '../cache.service.js';
import { CacheStore } from '../cache.store.js';
import { CacheWrites } from '../cache-writes.js';
import { PrefixScan } from '../invalidation/prefix-scan.js';
import { CacheSpace } from './cache-space.js';
import { SpaceNames } from './space-names.js';

/** Gives the parts of the cache that the stores of Keyv keep their entries in. Injectable. */
@Injectable()
export class CacheSpaces {
  constructor(
    private readonly cache: CacheService,
    private readonly store: CacheStore,
    private readonly writes: CacheWrites,
    private readonly scan: PrefixScan,
  ) {}

  /** @param name any text, also none; the same one is the same space, on every replica. */
  of(name: string): CacheSpace {
    return new CacheSpace(new SpaceNames(name), this.cache, this.store, this.writes, this.scan);
  }
}
