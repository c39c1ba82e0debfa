/**
 * An error that a client may see: `http/` turns it into a problem document with this status and code.
 * Subclasses fix both; the message becomes the problem's `detail`, so it holds no secret and no Redis key.
 */
export abstract class DomainError extends Error {
  /** Stable, UPPER_SNAKE, never reused for another meaning. */
  abstract readonly code: string;
  abstract readonly status: number;
  /** Short and the same for every occurrence of the code. */
  abstract readonly title: string;
  /** Further members of the problem document. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Milliseconds after which a retry may succeed; becomes `Retry-After`. */
  readonly retryAfterMs?: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
