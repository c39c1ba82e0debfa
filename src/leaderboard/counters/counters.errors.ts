import { DomainError } from '../../errors/index.js';

/** The counter would leave the range of signed 64-bit integers. Nothing was changed. */
export class CounterOutOfRangeError extends DomainError {
  readonly code = 'COUNTER_OUT_OF_RANGE';
  readonly status = 409;
  readonly title = 'The counter would leave 64 bits';

  constructor(name: string) {
    super(`"${name}" would leave the range of signed 64-bit integers.`);
  }
}
