import type { ServerResponse } from 'node:http';
import * as fc from 'fast-check';
import { InFlight } from './in-flight.js';

describe('InFlight', () => {
  it('holds what was added and not deleted, like a Set', () => {
    const responses = Array.from({ length: 6 }, () => ({}) as ServerResponse);
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(responses.length - 1)));
    fc.assert(
      fc.property(steps, (all) => {
        const inFlight = new InFlight();
        const expected = new Set<ServerResponse>();
        for (const [adds, index] of all) {
          const response = responses[index];
          if (adds && !expected.has(response)) inFlight.add(response);
          if (adds) expected.add(response);
          else inFlight.delete(response);
          if (!adds) expected.delete(response);
        }
        expect(inFlight.size).toBe(expected.size);
        expect(new Set(inFlight)).toEqual(expected);
        for (const response of inFlight) inFlight.delete(response);
        expect(inFlight.size).toBe(0);
      }),
    );
  });
});
