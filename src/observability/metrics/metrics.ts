import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What was counted since the last scrape. */
export interface Tally {
  added: number;
}

/** The only file that knows the metrics library. Names start with `holdfast_`. Injectable. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /**
   * @param name without the prefix, ending in `_total`.
   * @param collect called at each scrape, to add what was counted elsewhere.
   */
  counter<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    collect?: (counter: Counter<L>) => void,
  ): Counter<L> {
    return new Counter({
      name: `holdfast_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      ...(collect
        ? {
            collect(this: Counter<L>) {
              collect(this);
            },
          }
        : {}),
    });
  }

  /**
   * A counter for the way of every request: prom-client looks its labels up at each increment, this once for all.
   *
   * @param name without the prefix, ending in `_total`.
   * @returns gives the tally of some labels, to be kept; what was added to it is counted at each scrape.
   */
  tallies<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
  ): (labels: Record<L, string>) => Tally {
    const tallies: { readonly labels: Record<L, string>; readonly tally: Tally }[] = [];
    const collect = (counter: Counter<L>) => {
      for (const { labels, tally } of tallies) {
        if (tally.added > 0) counter.inc(labels, tally.added);
        tally.added = 0;
      }
    };
    this.counter(name, help, labelNames, collect);
    return (labels) => {
      const tally = { added: 0 };
      tallies.push({ labels, tally });
      return tally;
    };
  }

  /** @param name without the prefix, ending in `_seconds`; observe seconds. */
  histogram<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Histogram<L> {
    return new Histogram({
      name: `holdfast_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: SECONDS,
      registers: [this.registry],
    });
  }

  /** @param collect called at each scrape, to set the value. */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    return new Gauge({
      name: `holdfast_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      ...(collect
        ? {
            collect(this: Gauge<L>) {
              return collect(this);
            },
          }
        : {}),
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The Prometheus text of everything. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
