import type { Script, ScriptArgument } from './redis.script.js';

/**
 * So many do not wait for the turn's end: Redis works on them while this process goes through the rest. More in one call
 * would hold Redis up for others, too: a script runs alone.
 */
const ENOUGH_CALLS = 32;

/** One call of a script, waiting for the others of its turn of the event loop. */
export interface ScriptCall {
  readonly keys: readonly ScriptArgument[];
  readonly args: readonly ScriptArgument[];
  readonly resolve: (raw: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onSent?: () => void;
}

type AnyScript = Script<string, string, unknown>;

/**
 * Collects the calls of each script that are made in one turn of the event loop, so that they leave as one command:
 * under load a command costs the process and Redis more than what the script does. A call that is alone goes alone.
 */
export class ScriptBatches {
  /**
   * The calls of this turn. A script stays in it: a Map that is filled and cleared each turn keeps its old tables, and
   * with them the requests of many turns, alive until the next full garbage collection.
   */
  private readonly waiting = new Map<AnyScript, ScriptCall[]>();
  private scheduled = false;

  /**
   * @param send takes one to 32 calls of a script, and settles each of them.
   * @param together makes one write of what is sent in it.
   */
  constructor(
    private readonly send: (script: AnyScript, calls: readonly ScriptCall[]) => void,
    private readonly together: (work: () => void) => void,
  ) {}

  add(script: AnyScript, call: ScriptCall): void {
    if (!this.scheduled) setImmediate(() => this.together(() => this.flush()));
    this.scheduled = true;
    const calls = this.waiting.get(script) ?? [];
    calls.push(call);
    if (calls.length < ENOUGH_CALLS) {
      this.waiting.set(script, calls);
    } else {
      this.waiting.set(script, []);
      this.together(() => this.deliver(script, calls));
    }
  }

  private flush(): void {
    this.scheduled = false;
    for (const [script, calls] of this.waiting) {
      if (calls.length === 0) continue;
      this.waiting.set(script, []);
      this.deliver(script, calls);
    }
  }

  private deliver(script: AnyScript, calls: readonly ScriptCall[]): void {
    for (const { onSent } of calls) onSent?.();
    this.send(script, calls);
  }
}
