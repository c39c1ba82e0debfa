import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { NotStored } from '../loads/not-stored.js';
import { LATE, within } from '../loads/within.js';
import { CacheValue } from '../values/cache-value.js';
import type { CachedRoute } from './cached-route.js';
import { settled, shareable } from './handler-answer.js';
import { snapshotOf } from './reply-headers.js';

/** A client that takes an answer more slowly does not get its entry loaded anew: another one's request does. */
const MAX_SENDING_MS = 2000;

const OK = 200;

/** The handler of one request, as the load of its entry or for the request alone. */
export class HandlerRun {
  /** What it gave when that is for this request only. */
  own?: { readonly refusal: NotStored; readonly body: unknown };
  /** As the route's decorators have set it. */
  private readonly status: number;

  constructor(
    private readonly route: CachedRoute,
    private readonly reply: FastifyReply,
    private readonly context: ExecutionContext,
    private readonly handler: () => unknown,
  ) {
    this.status = reply.statusCode;
  }

  /** @throws NotStored, whatever the handler throws. */
  async load(): Promise<CacheValue> {
    const { route, reply, context } = this;
    const before = snapshotOf(reply);
    const wasSent = reply.sent;
    const returned = await settled(this.handler());
    const body = route.serialize ? await route.serialize(returned, context) : returned;
    // A handler that sends by itself has answered its own request, and shows nobody what.
    const answer = reply.sent === wasSent ? shareable(body, reply, before, route) : undefined;
    if (answer) return CacheValue.ofResponse(answer.response, answer.groups);
    const refusal = new NotStored(reply.statusCode);
    this.own = { refusal, body: returned };
    throw refusal;
  }

  /**
   * Waits until the request has its answer, an older one, so that nothing of the run reaches it, and makes its reply look as if
   * nothing had been said: what the handler says is compared with that.
   *
   * @throws NotStored when that takes too long: who waits for this load has to do it.
   */
  async inBackground(): Promise<void> {
    const { reply } = this;
    if ((await within(closed(reply), MAX_SENDING_MS)) === LATE) throw new NotStored(OK);
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    reply.code(this.status);
  }
}

function closed({ raw }: FastifyReply): Promise<void> {
  if (raw.destroyed || raw.writableFinished) return Promise.resolve();
  return new Promise((done) => {
    raw.once('close', done);
    raw.once('finish', () => setImmediate(done));
  });
}
