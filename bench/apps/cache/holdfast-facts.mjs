import { serveFacts } from './facts.mjs';
import { startCache } from './holdfast-cache.mjs';

serveFacts(await startCache());
