/**
 * How the tools end: a failure that a person can act on is one line and an exit code, never a stack.
 * Anything else is a bug in the tools and keeps its stack.
 */

/** A failure that its message explains in full. */
export class BootstrapFailure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a tool's work and turns its outcome into the exit code of this process.
 * @param {() => Promise<number | void>} work A number that it returns becomes the exit code.
 */
export async function runTool(work) {
  try {
    const code = await work();
    if (code) process.exitCode = code;
  } catch (error) {
    const explained = error instanceof BootstrapFailure;
    console.error(explained ? `holdfast: ${error.message}` : error);
    process.exitCode = explained ? error.exitCode : 1;
  }
}
