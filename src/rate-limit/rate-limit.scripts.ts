import { defineScript } from '../redis/index.js';

/** The state of a counter after a hit. */
export interface Hit {
  readonly hits: number;
  readonly windowLeftMs: number;
  readonly blocked: boolean;
  readonly blockLeftMs: number;
}

export const fixedWindow = defineScript({
  name: 'rate-limit.fixed-window',
  directory: __dirname,
  keys: ['counter'],
  args: ['windowMs', 'limit', 'blockMs'],
  reply: (raw): Hit => {
    const [hits, windowLeftMs, blocked, blockLeftMs] = raw as number[];
    return { hits, windowLeftMs, blocked: blocked === 1, blockLeftMs };
  },
});
