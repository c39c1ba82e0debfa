// CACHE: which of the peers' caches.
import { serveFacts } from '../../cache/facts.mjs';

const { startCache } = await import(`./${process.env.CACHE}.mjs`);
serveFacts(await startCache());
