/**
 * One replica as a process of its own: `node replica.mjs [module to leave out ...]`.
 * Without arguments it is what `node dist/main.js` is. CacheModule left out shows what the cache is worth.
 */
import { createRequire } from 'node:module';
import { inProject } from '../bootstrap/project.mjs';

const require = createRequire(inProject('package.json'));
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { AppModule } = require('./dist/app.module.js');
const { createApp } = require('./dist/app.setup.js');
const { readSettings } = require('./dist/config/index.js');

const leftOut = process.argv.slice(2);
const imports = Reflect.getMetadata('imports', AppModule).filter(({ name }) => !leftOut.includes(name));
const Root = class ReplicaModule {};
Module({ imports })(Root);

const app = await createApp(readSettings(process.env), Root);
app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
await app.listen(0, '127.0.0.1');
// A parent that is gone, however it ended, takes its replicas with it.
process.on('disconnect', () => process.exit(1));
process.send({ url: await app.getUrl() });
