// Timers of Node have a step of 1 ms. A thread that sleeps in Atomics.wait wakes within some ten microseconds of the
// asked time and burns no CPU meanwhile, so a delay of half a millisecond can be made on a machine of two cores.
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';

/** Cells of the memory shared with delay-timer.mjs. */
export const ASKED_US = 0;
export const RING = 1;
export const ALARM = 2;

/** Actions that are due within this time of each other run together. */
const TOLERANCE_MS = 0.02;
const MAX_LATENESS_SAMPLES = 200_000;

/** Runs actions in the order given, each a constant time after it was given. */
export class DelayLine {
  #cells = new Int32Array(new SharedArrayBuffer(12));
  #timer = new Worker(new URL('./delay-timer.mjs', import.meta.url), { workerData: this.#cells });
  #queue = [];
  #armed = false;
  #delayMs;
  #wakeUpMs = 0;
  /** @type {number[]} how much later than asked each action ran, in ms */
  lateness = [];

  /** @param {number} delayMs */
  constructor(delayMs) {
    this.#delayMs = delayMs;
  }

  /** Measures what waking up costs on this machine, and takes it off every later wait. */
  async calibrate(samples = 200) {
    const excess = [];
    for (let sample = 0; sample < samples; sample += 1) {
      const from = performance.now();
      await this.#sleep(this.#delayMs);
      excess.push(performance.now() - from - this.#delayMs);
    }
    excess.sort((a, b) => a - b);
    this.#wakeUpMs = Math.max(0, excess[samples >> 1]);
  }

  /** @param {() => void} action */
  push(action) {
    this.#queue.push({ dueAt: performance.now() + this.#delayMs, action });
    if (!this.#armed) void this.#drain();
  }

  close() {
    Atomics.store(this.#cells, ASKED_US, -1);
    Atomics.notify(this.#cells, ASKED_US);
    void this.#timer.terminate();
  }

  async #drain() {
    this.#armed = true;
    while (this.#queue.length > 0) {
      const waitMs = this.#queue[0].dueAt - performance.now() - this.#wakeUpMs;
      if (waitMs > TOLERANCE_MS) await this.#sleep(waitMs);
      this.#runDue();
    }
    this.#armed = false;
  }

  #runDue() {
    const now = performance.now();
    let count = 0;
    while (count < this.#queue.length && this.#queue[count].dueAt <= now + TOLERANCE_MS) count += 1;
    for (const { dueAt, action } of this.#queue.splice(0, count)) {
      if (this.lateness.length < MAX_LATENESS_SAMPLES) this.lateness.push(now - dueAt);
      action();
    }
  }

  async #sleep(ms) {
    const rung = Atomics.waitAsync(this.#cells, RING, Atomics.load(this.#cells, RING));
    Atomics.store(this.#cells, ASKED_US, Math.max(1, Math.round(ms * 1000)));
    Atomics.notify(this.#cells, ASKED_US);
    if (rung.async) await rung.value;
  }
}
