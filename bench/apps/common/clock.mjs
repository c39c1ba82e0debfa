/** Monotonic, ms; of all processes of one machine the same, which performance.now() is not. */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
