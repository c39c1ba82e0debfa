import { HttpException, HttpStatus } from '@nestjs/common';
import { DomainError } from '../../errors/index.js';

/** An RFC 9457 problem document. `code` is stable; `detail` is for people. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly [extension: string]: unknown;
}

type ProblemCore = Pick<Problem, 'status' | 'code' | 'title' | 'detail'> & Readonly<Record<string, unknown>>;

/** Codes of what Fastify and Nest refuse by themselves, by status. */
const CODES: Readonly<Record<number, readonly [code: string, title: string]>> = {
  400: ['BAD_REQUEST', 'The request is malformed'],
  401: ['UNAUTHENTICATED', 'Credentials are missing or not valid'],
  403: ['FORBIDDEN', 'Not allowed'],
  404: ['NOT_FOUND', 'Nothing is here'],
  405: ['METHOD_NOT_ALLOWED', 'The method is not allowed'],
  406: ['NOT_ACCEPTABLE', 'No acceptable representation'],
  408: ['REQUEST_TIMEOUT', 'The request took too long'],
  409: ['CONFLICT', 'The request conflicts with the state'],
  413: ['BODY_TOO_LARGE', 'The body is too large'],
  414: ['URI_TOO_LONG', 'The URI is too long'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The content type is not supported'],
  422: ['UNPROCESSABLE', 'The request cannot be processed'],
  429: ['RATE_LIMITED', 'Too many requests'],
  431: ['HEADERS_TOO_LARGE', 'The header fields are too large'],
  503: ['UNAVAILABLE', 'The service is not available'],
};

const INTERNAL: ProblemCore = {
  status: 500,
  code: 'INTERNAL',
  title: 'Something failed inside',
  detail: 'The request failed. The log has the reason, under the request id.',
};

/**
 * The problem document of an error. What is not meant for clients becomes a bare 500.
 *
 * @param instance the request's path.
 */
export function toProblem(error: unknown, instance: string): Problem {
  const core = describe(error);
  return { type: core.type ?? problemType(core.code), ...core, instance } as Problem;
}

function problemType(code: string): string {
  return `urn:holdfast:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}

function describe(error: unknown): ProblemCore {
  if (error instanceof DomainError) {
    const { status, code, title, message, extensions } = error;
    return { status, code, title, detail: message, ...extensions };
  }
  const status = statusOf(error);
  if (status === undefined) return INTERNAL;
  const [code, title] = CODES[status] ?? (status < 500 ? CODES[400] : CODES[503]);
  return { status, code, title, detail: (error as Error).message };
}

/** The status of a Nest exception or of a Fastify error; undefined when clients should not see the error. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) {
    return error.getStatus() === Number(HttpStatus.INTERNAL_SERVER_ERROR) ? undefined : error.getStatus();
  }
  if (!(error instanceof Error)) return undefined;
  const { statusCode, code } = error as Error & { statusCode?: unknown; code?: unknown };
  // A header value that cannot be sent came from the request.
  if (code === 'ERR_INVALID_CHAR') return 400;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined;
  return statusCode;
}
