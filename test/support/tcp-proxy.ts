import net from 'node:net';

// Captured when the file loads, so that a test with fake timers does not stop the network.
const { setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis;
const now = performance.now.bind(performance);

export interface TcpAddress {
  host: string;
  port: number;
}

/** `up` is client to server, `down` is server to client. */
export type Direction = 'up' | 'down';

/** One number for both directions, or one for each; a direction left out keeps what it had. */
export type PerDirection = number | { up?: number; down?: number };

export interface LoseReplyOptions {
  /**
   * Only a request whose bytes hold this text counts; a RegExp sees the bytes as latin1. Without it every
   * request counts, and a client's own INFO or CLIENT SETNAME may be the one that is hit.
   */
  containing?: string | RegExp;
}

/** What the server was sent, and what the client was never told. */
export interface LostReply {
  /** The bytes of the request, as far as they came in one piece. */
  request: Buffer;
  /** The first bytes of the reply; empty when the server closed without one. */
  reply: Buffer;
}

export interface TcpProxyOptions {
  target: TcpAddress;
}

/** The proxy listens below the ephemeral ports: nobody is given its port by chance while it is dropped. */
const FIRST_PORT = 20_000;
const LAST_PORT = 31_999;
const HOST = '127.0.0.1';

/** Held bytes a direction at which the sender is no longer read, as with a full socket buffer. */
const HIGH_WATER = 1024 * 1024;

/** Timers are this late at worst: the end of a delay is met by turning the event loop instead. */
const TIMER_SLACK_MS = 1.5;

/** How far behind its rate a trickle may be and still catch up. */
const CATCH_UP_MS = 20;

/**
 * A TCP proxy that misbehaves on request, to prove what code does when its network does.
 *
 * It knows nothing of the protocol that it carries. Every fault holds for live and for new connections, until
 * it is taken back by its counterpart or by `heal()`. It runs in the process of the test: real sockets on
 * loopback, real time even under fake timers.
 */
export class TcpProxy {
  /** Bursts of client bytes that began when nothing, or the server, had spoken last on their connection. */
  roundTrips = 0;
  /** Bytes that were forwarded to the server. */
  bytesUp = 0;
  /** Bytes that were forwarded to the client. */
  bytesDown = 0;

  readonly host = HOST;
  readonly port: number;

  /** @internal */ readonly links = new Set<Link>();
  /** @internal */ readonly delayMs = { up: 0, down: 0 };
  /** @internal */ readonly bytesPerSec = { up: Infinity, down: Infinity };
  /** @internal */ readonly stalled = { up: false, down: false };
  /** @internal */ readonly traps: Trap[] = [];
  private total = 0;
  private server: net.Server | undefined;
  private closed = false;

  private constructor(
    private target: TcpAddress,
    server: net.Server,
  ) {
    this.target = { ...target };
    this.port = (server.address() as net.AddressInfo).port;
    this.adopt(server);
  }

  /**
   * Starts a proxy on a free port of the loopback interface.
   *
   * @param options.target where connections go; need not be listening yet
   * @throws Error when no port could be bound
   */
  static async start({ target }: TcpProxyOptions): Promise<TcpProxy> {
    for (let attempt = 0; ; attempt++) {
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
      try {
        return new TcpProxy(target, await listen(port));
      } catch (error) {
        if (attempt >= 50 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  get address(): TcpAddress {
    return { host: this.host, port: this.port };
  }

  /** `redis://127.0.0.1:<port>` */
  get url(): string {
    return this.urlFor('redis');
  }

  /** The proxy's URL under another scheme, and with a path: `urlFor('http', '/health/live')`. */
  urlFor(scheme: string, path = ''): string {
    return `${scheme}://${this.host}:${this.port}${path}`;
  }

  /** `live`: open on either side now; `total`: accepted since the start or the last `resetCounters()`. */
  get connections(): { live: number; total: number } {
    return { live: this.links.size, total: this.total };
  }

  /** Sets `roundTrips`, `bytesUp`, `bytesDown` and `connections.total` to zero. */
  resetCounters(): void {
    this.roundTrips = this.bytesUp = this.bytesDown = this.total = 0;
  }

  /**
   * Holds every byte for a time before it goes on, in order. Fractions of a millisecond are honoured.
   *
   * @param ms one way, in milliseconds: `delay(0.25)` makes a round trip half a millisecond longer; 0 ends it
   */
  delay(ms: PerDirection): void {
    assign(this.delayMs, ms);
  }

  /**
   * Lets bytes through at a rate, in small pieces that ignore message boundaries.
   *
   * @param bytesPerSec bytes a second and a connection; Infinity ends it
   */
  trickle(bytesPerSec: PerDirection): void {
    for (const rate of typeof bytesPerSec === 'number' ? [bytesPerSec] : Object.values(bytesPerSec)) {
      if (!(rate > 0))
        throw new RangeError('trickle: bytesPerSec must be positive; stall() forwards nothing');
    }
    assign(this.bytesPerSec, bytesPerSec);
    for (const link of this.links) link.pump();
  }

  /**
   * Half-open: connections are accepted and stay up, bytes are taken and go nowhere, and neither side sees
   * the other close. What was held goes on at `resume()`, as after a partition that TCP outlived.
   *
   * @param direction one direction only; both unless given
   */
  stall(direction?: Direction): void {
    if (direction !== 'down') this.stalled.up = true;
    if (direction !== 'up') this.stalled.down = true;
  }

  /** Ends `stall()`, in both directions; what was held is forwarded now. */
  resume(): void {
    this.stalled.up = this.stalled.down = false;
    for (const link of this.links) link.pump();
  }

  /** Resets (RST) every live connection, to the client and to the server; bytes in flight are lost. */
  cutAll(): void {
    for (const link of this.links) link.reset();
  }

  /** Cuts every connection and refuses new ones (ECONNREFUSED) until `restore()`. */
  drop(): void {
    this.server?.close();
    this.server = undefined;
    this.cutAll();
  }

  /** Ends `drop()`: resolves once the same port accepts again. */
  async restore(): Promise<void> {
    if (this.server || this.closed) return;
    const server = await listen(this.port);
    if (this.server || this.closed) server.close();
    else this.adopt(server);
  }

  /**
   * Loses one reply: the n-th request from now reaches the server and is answered, but its client gets a
   * reset instead of the answer. The effect stands; the client cannot know.
   *
   * Requests are counted over all connections, a burst (see `roundTrips`) being one. The cut comes when the
   * server's next bytes arrive, so the server has had the request; replies that the same connection still
   * awaited are lost with it, while all that it had sent is still carried out. The server sees a clean end of
   * the connection, the client a reset. Calls add up: each loses a reply of its own.
   *
   * @param n 1 is the next request
   * @returns what was lost, once it was; undefined when the proxy was healed or closed, or the connection
   *   ended, before the request was forwarded
   */
  cutAfterRequest(n: number, { containing }: LoseReplyOptions = {}): Promise<LostReply | undefined> {
    if (!(Number.isInteger(n) && n >= 1)) throw new RangeError('cutAfterRequest: n is an integer from 1');
    return new Promise((settle) => {
      this.traps.push(new Trap(n, containing, settle));
    });
  }

  /** `cutAfterRequest(1)`: the next request is carried out, and its reply lost. */
  loseNextReply(options?: LoseReplyOptions): Promise<LostReply | undefined> {
    return this.cutAfterRequest(1, options);
  }

  /**
   * Sends new connections elsewhere, as a failover does.
   *
   * @param options.cut whether live connections are reset (default); false leaves them with the old target
   */
  rewriteTarget(target: TcpAddress, { cut = true }: { cut?: boolean } = {}): void {
    this.target = { ...target };
    if (cut) this.cutAll();
  }

  /** Takes back every fault; counters, target and connections stay as they are. For `afterEach`. */
  async heal(): Promise<void> {
    for (const trap of this.traps.splice(0)) trap.settle(undefined);
    this.delay(0);
    this.trickle(Infinity);
    this.resume();
    await this.restore();
  }

  /** Cuts every connection and stops listening. Safe to call twice. */
  async close(): Promise<void> {
    this.closed = true;
    for (const trap of this.traps.splice(0)) trap.settle(undefined);
    const server = this.server;
    this.drop();
    if (server) await new Promise<void>((resolve) => server.once('close', resolve));
  }

  private adopt(server: net.Server): void {
    this.server = server;
    server.on('error', () => {
      // An accept that failed (out of descriptors): that client sees it; the proxy goes on.
    });
    server.on('connection', (client) => {
      this.total += 1;
      const link = new Link(this, client, this.target);
      // Accepted by the kernel just before drop(): the client must not outlive it.
      if (this.server !== server) link.reset();
    });
  }
}

/** One call of cutAfterRequest, until it has found its request. */
class Trap {
  private readonly seen = new WeakSet<Burst>();
  private readonly pattern: string | RegExp | undefined;

  constructor(
    private remaining: number,
    containing: string | RegExp | undefined,
    readonly settle: (lost: LostReply | undefined) => void,
  ) {
    if (typeof containing === 'string') this.pattern = Buffer.from(containing).toString('latin1');
    else if (containing) this.pattern = new RegExp(containing.source, containing.flags.replace(/[gy]/g, ''));
  }

  get needsText(): boolean {
    return this.pattern !== undefined;
  }

  /** Whether this burst, as far as it is known, is the request to hit. A burst counts once. */
  hits(burst: Burst): boolean {
    if (this.seen.has(burst)) return false;
    if (typeof this.pattern === 'string' && !burst.text.includes(this.pattern)) return false;
    if (this.pattern instanceof RegExp && !this.pattern.test(burst.text)) return false;
    this.seen.add(burst);
    this.remaining -= 1;
    return this.remaining === 0;
  }
}

/** What a client sends without hearing anything in between. The text is kept only while a trap reads it. */
interface Burst {
  text: string;
}

type Item = { due: number } & (
  | { kind: 'data'; data: Buffer; trap?: Trap }
  | { kind: 'end' }
  | { kind: 'reset' }
  | { kind: 'lose'; lost: LostReply; trap: Trap }
);

/** One accepted connection and its counterpart to the server. */
class Link {
  private readonly upstream: net.Socket;
  private readonly up: Pipe;
  private readonly down: Pipe;
  private lastSeen: Direction | undefined;
  private burst: Burst = { text: '' };
  /** The trap that found its request here; `forwarded` once the server was sent that. */
  private caught: { trap: Trap; request: Buffer; forwarded: boolean } | undefined;
  private replyLost = false;
  private openSockets = 2;

  constructor(
    private readonly proxy: TcpProxy,
    private readonly client: net.Socket,
    target: TcpAddress,
  ) {
    this.upstream = net.connect({ ...target, noDelay: true, allowHalfOpen: true });
    this.up = new Pipe(proxy, this, 'up', client, this.upstream);
    this.down = new Pipe(proxy, this, 'down', this.upstream, client);
    this.down.ready = true;
    proxy.links.add(this);

    client.on('data', (data) => this.fromClient(data));
    client.on('end', () => this.up.push({ kind: 'end', due: this.dueAt('up') }));
    client.on('error', () => {
      this.down.shut();
      this.up.push({ kind: 'reset', due: this.dueAt('up') });
    });
    client.on('close', () => this.socketClosed());

    this.upstream.on('connect', () => {
      this.up.ready = true;
      this.up.pump();
    });
    this.upstream.on('data', (data) => this.fromServer(data));
    this.upstream.on('end', () => this.down.push({ kind: 'end', due: this.dueAt('down') }));
    this.upstream.on('error', () => {
      this.up.shut();
      this.down.push({ kind: 'reset', due: this.dueAt('down') });
    });
    this.upstream.on('close', () => this.socketClosed());
  }

  pump(): void {
    this.up.pump();
    this.down.pump();
  }

  /** Both sides get a reset, now. */
  reset(): void {
    this.up.shut();
    this.down.shut();
    resetSocket(this.client);
    resetSocket(this.upstream);
    this.gone();
  }

  /** The pipe wrote bytes of this item, the last of them. */
  forwarded(item: Item & { kind: 'data' }): void {
    if (this.caught && item.trap === this.caught.trap) this.caught.forwarded = true;
  }

  heardByClient(): void {
    this.lastSeen = 'down';
  }

  loseReply(lost: LostReply, trap: Trap): void {
    this.caught = undefined;
    this.up.shut();
    this.down.shut();
    resetSocket(this.client);
    // A clean end behind what was forwarded: a reset could overtake it in the server's buffer.
    this.upstream.end();
    this.upstream.resume();
    trap.settle(lost);
  }

  private fromClient(data: Buffer): void {
    if (this.lastSeen !== 'up') {
      this.lastSeen = 'up';
      this.proxy.roundTrips += 1;
      this.burst = { text: '' };
    }
    const item: Item = { kind: 'data', data, due: this.dueAt('up') };
    if (!this.caught && !this.replyLost) item.trap = this.spring(data);
    this.up.push(item);
  }

  /** Shows the burst to the traps, oldest first; one that springs takes it, and this link with it. */
  private spring(request: Buffer): Trap | undefined {
    const { traps } = this.proxy;
    if (traps.some((trap) => trap.needsText)) this.burst.text += request.toString('latin1');
    const sprung = traps.find((trap) => trap.hits(this.burst));
    if (sprung) {
      traps.splice(traps.indexOf(sprung), 1);
      this.caught = { trap: sprung, request, forwarded: false };
    }
    return sprung;
  }

  private fromServer(data: Buffer): void {
    if (this.replyLost) return;
    if (this.caught?.forwarded) {
      const { trap, request } = this.caught;
      this.replyLost = true;
      this.down.push({ kind: 'lose', lost: { request, reply: data }, trap, due: this.dueAt('down') });
      return;
    }
    this.down.push({ kind: 'data', data, due: this.dueAt('down') });
  }

  private dueAt(direction: Direction): number {
    const delayMs = this.proxy.delayMs[direction];
    return delayMs > 0 ? now() + delayMs : 0;
  }

  private socketClosed(): void {
    this.openSockets -= 1;
    if (this.openSockets === 0) this.gone();
  }

  private gone(): void {
    if (!this.proxy.links.delete(this)) return;
    this.up.shut();
    this.down.shut();
    if (!this.caught) return;
    const { trap, request, forwarded } = this.caught;
    this.caught = undefined;
    trap.settle(forwarded ? { request, reply: Buffer.alloc(0) } : undefined);
  }
}

/** One direction of a link: a queue whose head leaves when its time has come and nothing holds it. */
class Pipe {
  ready = false;
  private readonly items: Item[] = [];
  private heldBytes = 0;
  private notBefore = 0;
  private isShut = false;
  private timer: NodeJS.Timeout | undefined;
  private turn: NodeJS.Immediate | undefined;

  constructor(
    private readonly proxy: TcpProxy,
    private readonly link: Link,
    private readonly direction: Direction,
    private readonly source: net.Socket,
    private readonly sink: net.Socket,
  ) {
    sink.on('drain', () => this.pump());
  }

  push(item: Item): void {
    if (this.isShut) return;
    this.items.push(item);
    if (item.kind === 'data') {
      this.heldBytes += item.data.length;
      if (this.heldBytes > HIGH_WATER) this.source.pause();
    }
    this.pump();
  }

  /** Forgets what is held and takes no more. */
  shut(): void {
    this.isShut = true;
    this.items.length = 0;
    this.heldBytes = 0;
    this.disarm();
    this.source.resume();
  }

  pump(): void {
    this.disarm();
    for (let head = this.items[0]; head; head = this.items[0]) {
      if (!this.ready || this.proxy.stalled[this.direction] || this.sink.writableNeedDrain) return;
      const at = Math.max(head.due, this.notBefore);
      const waitMs = at === 0 ? 0 : at - now();
      if (waitMs > 0) {
        this.arm(waitMs, head.due >= this.notBefore);
        return;
      }
      if (head.kind === 'data') {
        this.forward(head);
        continue;
      }
      this.items.shift();
      if (head.kind === 'end') this.sink.end();
      else if (head.kind === 'reset') resetSocket(this.sink);
      else this.link.loseReply(head.lost, head.trap);
    }
  }

  private forward(item: Item & { kind: 'data' }): void {
    const rate = this.proxy.bytesPerSec[this.direction];
    // A piece a hundredth of a second, or a byte when that is less.
    const size = rate === Infinity ? item.data.length : Math.max(1, Math.floor(rate / 100));
    const piece = item.data.subarray(0, size);
    item.data = item.data.subarray(piece.length);
    this.heldBytes -= piece.length;
    const from = Math.max(this.notBefore, now() - CATCH_UP_MS);
    this.notBefore =
      rate === Infinity ? 0 : (this.notBefore === 0 ? now() : from) + (piece.length / rate) * 1000;
    const last = item.data.length === 0;
    if (last) this.items.shift();
    if (this.heldBytes < HIGH_WATER / 2 && this.source.isPaused()) this.source.resume();
    if (!this.sink.writable) return;
    if (this.direction === 'up') this.proxy.bytesUp += piece.length;
    else {
      this.proxy.bytesDown += piece.length;
      this.link.heardByClient();
    }
    this.sink.write(piece);
    if (last) this.link.forwarded(item);
  }

  private arm(waitMs: number, precise: boolean): void {
    if (!precise) this.timer = setTimeout(() => this.pump(), waitMs);
    else if (waitMs < 1 + TIMER_SLACK_MS) this.turn = setImmediate(() => this.pump());
    else this.timer = setTimeout(() => this.pump(), Math.floor(waitMs - TIMER_SLACK_MS));
  }

  private disarm(): void {
    clearTimeout(this.timer);
    clearImmediate(this.turn);
    this.timer = this.turn = undefined;
  }
}

function assign(setting: Record<Direction, number>, value: PerDirection): void {
  const { up, down } = typeof value === 'number' ? { up: value, down: value } : value;
  if (up !== undefined) setting.up = up;
  if (down !== undefined) setting.down = down;
}

/** While a socket sends its end, libuv refuses to reset it and Node leaves its handle open: that one is closed. */
function resetSocket(socket: net.Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function listen(port: number): Promise<net.Server> {
  const server = net.createServer({ noDelay: true, allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}
