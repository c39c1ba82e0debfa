/** Fields of `data`; teams add theirs by declaration merging. */
// oxlint-disable-next-line typescript/no-empty-object-type -- merged into by the teams' own modules
export interface SessionData {}

export interface Device {
  readonly name?: string;
  readonly ip?: string;
  readonly userAgent?: string;
}

/** A live session as its user's code sees it. Instants are epoch milliseconds by Redis' clock. */
export interface Session {
  /** Names the session in lists; not a credential. */
  readonly id: string;
  readonly userId: string;
  readonly roles: readonly string[];
  readonly data: Readonly<SessionData & Record<string, unknown>>;
  readonly device: Device;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** When it ends unless it is used before. */
  readonly expiresAt: number;
  /** When it ends at the latest. */
  readonly absoluteExpiresAt: number;
}
