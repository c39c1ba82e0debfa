import { SetMetadata, type Type } from '@nestjs/common';
import type { ChannelSelector } from '../channel-transport.js';

export const ON_CHANNEL = Symbol('on channel');

export interface OnChannelOptions {
  /** The class of what is published: for the AsyncAPI document, which reads its `@ApiProperty()`. */
  readonly data?: Type;
}

/** What the decorator notes. */
export interface ChannelHandling extends ChannelSelector, OnChannelOptions {}

const GLOB = /[*?[\\]/;

/**
 * Calls a provider's method, `method(data, { channel })`, for each message of a channel, in every process. A name with `*`, `?`, `[` or `\`
 * is a pattern over names, as PSUBSCRIBE has them. What is published while the connection is cut does not come.
 */
export const OnChannel = (channel: string, { data }: OnChannelOptions = {}): MethodDecorator =>
  SetMetadata(
    ON_CHANNEL,
    (GLOB.test(channel) ? { pattern: channel, data } : { channel, data }) satisfies ChannelHandling,
  );
