import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/index.js';
import { Metrics } from '../../observability/index.js';
import { CacheValue } from './cache-value.js';
import { compress, decompress, isCompressed, type Written } from './compression.js';

/**
 * Makes bytes of values, compressed from CACHE_COMPRESS_BYTES on, and values of bytes. Bytes of which no value can be made
 * are damaged, or of a later version: they are counted, and as good as none.
 */
@Injectable()
export class ValueCodec {
  private readonly compressFrom: number;
  private readonly unreadable;

  constructor(settings: Settings, metrics: Metrics) {
    this.compressFrom = settings.cacheCompressBytes;
    const help = 'Values in Redis that could not be read, and are loaded anew.';
    this.unreadable = metrics.tallies('cache_unreadable_total', help, [])({});
  }

  write(value: CacheValue): Promise<Written> {
    return compress(value, this.compressFrom);
  }

  /** At once when it is not compressed: most are not, and a promise costs as much as the rest. */
  read(written: Written): CacheValue | undefined | Promise<CacheValue | undefined> {
    return isCompressed(written) ? this.inflate(written) : this.open(written);
  }

  countUnreadable(): void {
    this.unreadable.added += 1;
  }

  private async inflate(written: Written): Promise<CacheValue | undefined> {
    try {
      return this.open(await decompress(written));
    } catch {
      this.countUnreadable();
      return undefined;
    }
  }

  private open({ form, bytes }: Written): CacheValue | undefined {
    try {
      const value = CacheValue.read(form, bytes);
      if (!value) this.countUnreadable();
      return value;
    } catch {
      this.countUnreadable();
      return undefined;
    }
  }
}
