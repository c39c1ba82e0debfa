/** How far a command is: a bar on a terminal, plain lines in a log. */
import { createRequire } from 'node:module';
import { note } from '../bootstrap/progress.mjs';
import { inProject } from '../bootstrap/project.mjs';

const require = createRequire(inProject('package.json'));

/**
 * Shows a work's progress while it runs.
 * @template T
 * @param {{ doing: string, things: string }} words `seeding` and `products`, for instance.
 * @param {(onProgress: (done: number, total: number) => void) => Promise<T>} work
 * @returns {Promise<T>} What the work returned.
 */
export async function withBar({ doing, things }, work) {
  if (!process.stderr.isTTY || process.env.CI) {
    return work((done, total) => note(`${doing} ${done} of ${total} ${things}`));
  }
  const { SingleBar, Presets } = require('cli-progress');
  const format = `holdfast: ${doing} {bar} {value} of {total} ${things}, {eta} s left`;
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  try {
    return await work((done, total) => {
      if (!bar.isActive) bar.start(total, done);
      bar.setTotal(total);
      bar.update(done);
    });
  } finally {
    bar.stop();
  }
}
