import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_JSON } from './problem.filter.js';
import { toProblem } from './problem.js';

/** What Node's parser refuses, by its code; all else is simply no HTTP. */
const STATUSES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

const DETAILS: Readonly<Record<number, string>> = {
  400: 'What came is not a well-formed HTTP request.',
  408: 'The request did not arrive in time.',
  413: 'The chunk extensions of the body are too large.',
  431: 'The request line and the header fields together are too large.',
};

/** Answers what never became a request with a problem document, whose instance is not known, and hangs up. */
export function refuseClient(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const statusCode = STATUSES[error.code ?? ''] ?? 400;
  const body = JSON.stringify(toProblem(Object.assign(new Error(DETAILS[statusCode]), { statusCode }), ''));
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    `content-type: ${PROBLEM_JSON}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
