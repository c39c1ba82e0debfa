import { defineScript, NOW } from '../../redis/index.js';

export const readClock = defineScript({
  name: 'seasons.clock',
  directory: __dirname,
  includes: [NOW],
  keys: ['board'],
  args: [],
  reply: (raw) => raw as number,
});
