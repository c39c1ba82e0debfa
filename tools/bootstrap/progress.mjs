/**
 * One line for each step, with its duration. A spinner turns on a terminal only: a log keeps plain lines.
 * Everything goes to stderr, so that the output of the tool that is being started stays its own.
 */
const frames = ['-', '\\', '|', '/'];
const frameMs = 120;

const stream = process.stderr;
const live = () => Boolean(stream.isTTY) && !process.env.CI;
const seconds = (startedAt) => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;

/** @param {string} text One line about what was found or is about to happen. */
export function note(text) {
  stream.write(`holdfast: ${text}\n`);
}

/**
 * Shows a step while it runs, and how long it took.
 * @template T
 * @param {string} title What happens, as a person would say it.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>} What the work returned.
 */
export async function step(title, work) {
  const startedAt = Date.now();
  const line = (end) => `holdfast: ${title} ${end}`;
  let turn = 0;
  const spin = () => stream.write(`\r${line(`${frames[turn++ % frames.length]} ${seconds(startedAt)}`)}`);
  const spinner = live() ? setInterval(spin, frameMs) : stream.write(`${line('...')}\n`);
  let outcome = 'failed after';
  try {
    const result = await work();
    outcome = 'done in';
    return result;
  } finally {
    if (live()) clearInterval(spinner);
    stream.write(`${live() ? '\r\u001b[K' : ''}${line(`${outcome} ${seconds(startedAt)}`)}\n`);
  }
}
