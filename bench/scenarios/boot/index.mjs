export const boot = { name: 'boot', title: '-', arms: [], run: async () => { throw new Error('not yet'); } };
