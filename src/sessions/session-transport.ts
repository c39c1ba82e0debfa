import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { parse, serialize } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Settings } from '../config/index.js';
import { csrfToken } from './session-csrf.js';
import type { IssuedSession } from './session.js';

const HEADER = 'session-token';

/** What a request brought as its token, and how. */
export interface CarriedToken {
  readonly token: string | undefined;
  /** A browser sends a cookie by itself, also for a page of another site. */
  readonly byCookie: boolean;
}

/** How tokens travel: in the header `Session-Token`, or in a cookie. Injectable. */
@Injectable()
export class SessionTransport implements OnModuleInit {
  private readonly name: string;

  constructor(private readonly settings: Settings) {
    this.name = settings.sessionCookieName;
  }

  onModuleInit(): void {
    const logger = new Logger('Sessions');
    for (const weakness of weaknesses(this.settings)) logger.warn(weakness);
  }

  /** The token that a request carries: the header wins over the cookie. */
  carried(request: FastifyRequest): CarriedToken {
    const header = request.headers[HEADER];
    if (header !== undefined)
      return { token: typeof header === 'string' ? header : undefined, byCookie: false };
    const cookies = request.headers.cookie;
    if (!cookies?.includes(this.name)) return { token: undefined, byCookie: false };
    // A raw value: decoding could only turn what is not a token into one.
    const token = parse(cookies, { decode: (value) => value })[this.name];
    return { token, byCookie: token !== undefined };
  }

  /** Hands a browser its session: the cookie, for the rest of the absolute timeout, and the token against forged requests. */
  give(reply: FastifyReply, { token, session }: IssuedSession): void {
    reply.header('set-cookie', this.cookie(token, session.absoluteExpiresAt - session.readAt));
    this.giveCsrfToken(reply, token);
  }

  /** In every answer by which a page may begin. */
  giveCsrfToken(reply: FastifyReply, token: string): void {
    reply.header('csrf-token', csrfToken(token));
  }

  /** Makes the browser drop the cookie. */
  take(reply: FastifyReply): void {
    reply.header('set-cookie', this.cookie('', 0));
  }

  /** True when the request has the cookie, whether or not it is what counts. */
  hasCookie(request: FastifyRequest): boolean {
    return request.headers.cookie?.includes(this.name) ?? false;
  }

  private cookie(token: string, maxAgeMs: number): string {
    const { sessionCookieSecure, sessionCookieSameSite, sessionCookiePath, sessionCookieDomain } =
      this.settings;
    return serialize(this.name, token, {
      httpOnly: true,
      secure: sessionCookieSecure,
      sameSite: sessionCookieSameSite,
      path: sessionCookiePath,
      domain: sessionCookieDomain,
      maxAge: Math.floor(maxAgeMs / 1000),
    });
  }
}

/** In what the cookie is weaker than it could be, a sentence each. SameSite=Lax is not: changes need a token of their own. */
function weaknesses(settings: Settings): string[] {
  const { sessionCookieName, sessionCookieSecure, sessionCookieDomain } = settings;
  return [
    ...(sessionCookieName.startsWith('__Host-')
      ? []
      : [
          `SESSION_COOKIE_NAME=${sessionCookieName}: without the prefix __Host- a neighbouring host can set the cookie`,
        ]),
    ...(sessionCookieSecure
      ? []
      : ['SESSION_COOKIE_SECURE=false: whoever listens to the network reads the session cookie']),
    ...(sessionCookieDomain === undefined
      ? []
      : [
          `SESSION_COOKIE_DOMAIN=${sessionCookieDomain}: every host of the domain is sent the session cookie`,
        ]),
  ];
}
