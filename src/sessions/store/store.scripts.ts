import { defineScript } from '../../redis/index.js';

export const loadSession = defineScript({
  name: 'sessions.load',
  directory: __dirname,
  keys: ['session'],
  args: [],
  reply: (raw) => {
    if (raw === null) return undefined;
    const [leftMs, ...fields] = raw as [number, ...string[]];
    const properties = new Map<string, string>();
    for (let at = 0; at < fields.length; at += 2) properties.set(fields[at], fields[at + 1]);
    return { leftMs, properties };
  },
});

export const saveSession = defineScript({
  name: 'sessions.save',
  directory: __dirname,
  keys: ['session'],
  args: ['loaded', 'ttlMs', 'unset'],
  reply: (raw) => raw === 1,
});
