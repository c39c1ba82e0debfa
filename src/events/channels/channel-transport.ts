import { Logger } from '@nestjs/common';
import { ChannelMessage } from './channel-message.js';

/** Either the name of a channel or a pattern over names, as PSUBSCRIBE has them: `*`, `?`, `[a-c]`, and `\` before one of these. */
export interface ChannelSelector {
  readonly channel?: string;
  readonly pattern?: string;
}

export interface ChannelListener {
  message(message: ChannelMessage): unknown;
  /** The connection was lost, or the channel moved, and is back: what was published meanwhile did not come, and never will. */
  gap?(): unknown;
}

/** Those who hear one channel or pattern. */
export interface Subscription {
  readonly selector: ChannelSelector;
  readonly listeners: Set<ChannelListener>;
}

/** How messages go through Redis. */
export abstract class ChannelTransport {
  private readonly logger = new Logger('Channels');

  /** @returns how many connections have heard it. @throws StateStoreUnavailableError */
  abstract publish(channel: string, text: string): Promise<number>;

  /** Waits until Redis can be asked, within the deadline of a command. @throws StateStoreUnavailableError */
  abstract untilListening(): Promise<void>;

  /** Asks Redis for it until `end`, anew whenever it was lost. Settles when it is heard. May be called again to wait for that. */
  abstract begin(subscription: Subscription): Promise<unknown>;

  abstract end(subscription: Subscription): void;

  /** Nothing was answered for as long as a command may take. */
  abstract reconnect(): void;

  protected hear(subscriptions: readonly Subscription[], channel: string, text: string): void {
    let message: ChannelMessage;
    try {
      message = ChannelMessage.read(channel, text);
    } catch {
      this.logger.warn('a message that is no JSON was left out');
      return;
    }
    for (const { listeners } of subscriptions) {
      for (const listener of listeners) this.call(() => listener.message(message));
    }
  }

  /** Once to who listens to several. */
  protected tellGap(subscriptions: Iterable<Subscription>): void {
    const told = new Set([...subscriptions].flatMap(({ listeners }) => [...listeners]));
    for (const listener of told) this.call(() => listener.gap?.());
  }

  /** A listener that fails fails no other. */
  private call(listener: () => unknown): void {
    const report = (error: Error) =>
      this.logger.error(`a listener failed: ${error?.message ?? String(error)}`);
    try {
      Promise.resolve(listener()).catch(report);
    } catch (error) {
      report(error as Error);
    }
  }
}
