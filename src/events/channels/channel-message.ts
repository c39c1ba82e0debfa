/** What came on a channel. It is read once, and framed once, for all who hear it. */
export class ChannelMessage {
  private framed?: Buffer;

  private constructor(
    readonly channel: string,
    /** As it was published: any JSON. */
    readonly data: unknown,
    private readonly text: string,
  ) {}

  /** @throws SyntaxError for a text that is no JSON: somebody else has published it. */
  static read(channel: string, text: string): ChannelMessage {
    return new ChannelMessage(channel, JSON.parse(text), text);
  }

  /** For event streams. JSON from elsewhere may have line breaks, which are spaces to JSON. */
  get frame(): Buffer {
    const data = this.text.replace(/[\r\n]/g, ' ');
    return (this.framed ??= Buffer.from(
      `data: {"channel":${JSON.stringify(this.channel)},"data":${data}}\n\n`,
    ));
  }
}
