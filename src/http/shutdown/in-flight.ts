import type { ServerResponse } from 'node:http';

const place = Symbol('place');

type Placed = ServerResponse & { [place]?: number };

/**
 * The responses that have not ended, in no order. Not a Set: one that each request enters and leaves is built anew
 * all the time, and its old tables keep requests alive until a full garbage collection, which made each collection
 * of the young ones several milliseconds longer.
 */
export class InFlight implements Iterable<ServerResponse> {
  private readonly responses: Placed[] = [];

  get size(): number {
    return this.responses.length;
  }

  add(response: Placed): void {
    response[place] = this.responses.push(response) - 1;
  }

  /** The last one takes the place of the one that goes. */
  delete(response: Placed): void {
    const at = response[place];
    const last = this.responses.at(-1);
    if (at === undefined || !last) return;
    this.responses[at] = last;
    last[place] = at;
    this.responses.pop();
    response[place] = undefined;
  }

  /** Those of now: what is iterated may leave meanwhile. */
  [Symbol.iterator](): Iterator<ServerResponse> {
    return [...this.responses][Symbol.iterator]();
  }
}
