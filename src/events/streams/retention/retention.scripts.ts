import { defineScript } from '../../../redis/index.js';

export const trimStream = defineScript({
  name: 'retention.trim',
  directory: __dirname,
  includes: ['lua/ids.lua'],
  keys: ['stream'],
  args: ['kept', 'cap', 'capWithoutGroups'],
  reply: (raw) => {
    const [removed, dropped] = raw as [number, number];
    return { removed, dropped };
  },
});
