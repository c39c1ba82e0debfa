// CACHE: which of the peers' caches.
import { serveCache } from '../../cache/workload.mjs';

const { startCache } = await import(`./${process.env.CACHE}.mjs`);
await serveCache(await startCache());
