import { Duplex } from 'node:stream';

/** The part of a PGlite that speaks the wire protocol. */
export interface WireDatabase {
  execProtocolRaw(message: Uint8Array): Promise<Uint8Array>;
  execProtocolRawSync(message: Uint8Array): Uint8Array;
}

/**
 * Looks to pg like the socket of a server, and is a PGlite in this process. So the embedded database has pg's
 * own client, pool, parameters and result types, and cannot differ from a server in them.
 * A PGlite is one session: have one stream at a time.
 */
export class PgliteStream extends Duplex {
  constructor(private readonly database: WireDatabase) {
    super();
  }

  connect(): this {
    // The connection before this one may have gone in the middle of a transaction.
    for (const statement of ['rollback', 'discard all'])
      this.database.execProtocolRawSync(simpleQuery(statement));
    setImmediate(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(message: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.database.execProtocolRaw(message).then((answer) => {
      if (answer.length > 0) this.push(answer);
      done();
    }, done);
  }

  /** pg corks the messages of a query: they arrive together and are answered together. */
  override _writev(messages: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this._write(Buffer.concat(messages.map(({ chunk }) => chunk)), 'buffer', done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: `Q`, the length, the text, a zero. */
function simpleQuery(text: string): Buffer {
  const message = Buffer.alloc(1 + 4 + text.length + 1);
  message.write('Q');
  message.writeInt32BE(4 + text.length + 1, 1);
  message.write(text, 5);
  return message;
}
