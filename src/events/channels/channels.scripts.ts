import { defineScript } from '../../redis/index.js';

export const publishMessage = defineScript({
  name: 'channels.publish',
  directory: __dirname,
  keys: ['name', 'topic', 'all'],
  args: ['name', 'text'],
  reply: (raw) => raw as number,
});
