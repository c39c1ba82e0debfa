import { defineScript } from '../redis/index.js';

export const saveEntry = defineScript({
  name: 'example-name.save',
  directory: __dirname,
  keys: ['entry'],
  args: ['text', 'expectedVersion', 'ttlMs'],
  reply: (raw) => raw as number,
});
