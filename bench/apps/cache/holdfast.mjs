import { startCache } from './holdfast-cache.mjs';
import { serveCache } from './workload.mjs';

await serveCache(await startCache());
