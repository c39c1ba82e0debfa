/**
 * A load has run, and what it gave is for the one who ran it: nothing is stored, and who waits for it has to load by
 * himself. Its status is that of an answer; from 500 on it counts as a failure of the source.
 */
export class NotStored extends Error {
  constructor(readonly status: number) {
    super('what was loaded is for nobody else');
    this.name = 'NotStored';
  }
}
