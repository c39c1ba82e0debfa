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
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** When it ends unless it is used before. */
  readonly expiresAt: number;
  /** When it ends at the latest. */
  readonly absoluteExpiresAt: number;
  /** When its user last proved who it is: at the login, or at a {@link SessionsService.reauthenticate}. */
  readonly authenticatedAt: number;
  /** When this was read. */
  readonly readAt: number;
}

/** A session with what is not read on every request. */
export interface DeviceSession extends Session {
  readonly device: Device;
}

/** A session and the token that opens it, which is stored nowhere and cannot be read again. */
export interface IssuedSession {
  readonly token: string;
  readonly session: DeviceSession;
}
