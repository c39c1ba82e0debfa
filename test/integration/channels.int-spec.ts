import { Injectable } from '@nestjs/common';
import { type ChannelMessage, ChannelsService, OnChannel } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let here: ChannelsService;
let there: ChannelsService;
const heard: [unknown, string][] = [];

@Injectable()
class Listener {
  @OnChannel('user-activity:*')
  pattern(data: unknown, { channel }: { channel: string }) {
    heard.push([data, channel]);
  }

  @OnChannel('broken')
  fails() {
    throw new Error('a listener may fail');
  }
}

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = () => TestApp.start({ REDIS_URL: redis.url }, consumersApp(Listener));
  const [first, second] = await Promise.all([start(), start()]);
  [here, there] = [first.get(ChannelsService), second.get(ChannelsService)];
});

const numSub = async (channel: string) =>
  ((await redis.client.pubsub('NUMSUB', `holdfast:default:channels:${channel}`)) as [string, number])[1];

/** A listener that keeps what it hears. */
function keeper() {
  const messages: unknown[] = [];
  let gaps = 0;
  return {
    messages,
    gaps: () => gaps,
    listener: {
      message: ({ data, channel }: ChannelMessage) => messages.push([channel, data]),
      gap: () => (gaps += 1),
    },
  };
}

it('brings a message to all processes that listen, in the order of a channel', async () => {
  const [a, b] = [keeper(), keeper()];
  const ends = [
    await here.subscribe({ channel: 'news' }, a.listener),
    await there.subscribe({ channel: 'news' }, b.listener),
  ];
  for (let n = 0; n < 100; n += 1) expect(await here.publish('news', { n })).toEqual({ receivers: 2 });
  await waitFor(() => a.messages.length === 100 && b.messages.length === 100, { what: 'all messages' });
  const expected = Array.from({ length: 100 }, (_, n) => ['news', { n }]);
  expect(a.messages).toEqual(expected);
  expect(b.messages).toEqual(expected);
  ends.forEach((end) => end());
  await waitFor(async () => (await numSub('news')) === 0, { what: 'both to have ended' });
  expect(await here.publish('news', 'nobody')).toEqual({ receivers: 0 });
});

it('subscribes once for all listeners of a process', async () => {
  const listeners = Array.from({ length: 50 }, keeper);
  const ends = await Promise.all(
    listeners.map(({ listener }) => here.subscribe({ channel: 'shared' }, listener)),
  );
  expect(await numSub('shared')).toBe(1);
  expect(await there.publish('shared', 1)).toEqual({ receivers: 1 });
  await waitFor(() => listeners.every(({ messages }) => messages.length === 1), { what: 'all listeners' });
  for (const end of ends.slice(1)) end();
  expect(await there.publish('shared', 2)).toEqual({ receivers: 1 });
  await waitFor(() => listeners[0].messages.length === 2, { what: 'the one that is left' });
  expect(listeners[1].messages).toHaveLength(1);
  ends[0]();
  await waitFor(async () => (await numSub('shared')) === 0, { what: 'the last to have ended' });
});

it.each([
  ['a:*', 'a:b', true],
  ['a:?', 'a::', true],
  ['a:?', 'a:bc', false],
  ['[ab]c', 'bc', true],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['{x}*', '{x} ünï 🎬', true],
  ['*\n', 'line\n', true],
  ['*', 'holdfast:default:locks:{x}:inbox', true],
])('takes %j for a pattern of %j: %j', async (pattern, channel, isTaken) => {
  const { messages, listener } = keeper();
  const all = keeper();
  const ends = [await here.subscribe({ pattern }, listener), await here.subscribe({ channel }, all.listener)];
  await there.publish(channel, 'x');
  await waitFor(() => all.messages.length === 1, { what: 'the message by name' });
  await here.publish(channel, 'y');
  await waitFor(() => all.messages.length === 2, { what: 'the next message' });
  expect(messages[0]).toEqual(isTaken ? [channel, 'x'] : undefined);
  ends.forEach((end) => end());
});

it('does not hear the channels of other features', async () => {
  const { messages, listener } = keeper();
  const end = await here.subscribe({ pattern: '*' }, listener);
  await redis.client.publish('holdfast:default:locks:{x}:inbox', '1');
  await redis.client.publish('holdfast:default:channels:foreign', 'no JSON');
  await here.publish('own', 1);
  await waitFor(() => messages.length > 0, { what: 'the own message' });
  expect(messages).toEqual([['own', 1]]);
  end();
});

it('calls @OnChannel methods in every process, and hurts none by one that fails', async () => {
  heard.length = 0;
  expect(await here.publish('broken', 1)).toEqual({ receivers: 2 });
  await here.publish('user-activity:7', { page: '/' });
  await waitFor(() => heard.length === 2, { what: 'both processes' });
  expect(heard).toEqual([
    [{ page: '/' }, 'user-activity:7'],
    [{ page: '/' }, 'user-activity:7'],
  ]);
});

it('tells a listener of the gap when the connection was cut, once, and goes on', async () => {
  const cut = keeper();
  const ends = [
    await here.subscribe({ channel: 'cut' }, cut.listener),
    await here.subscribe({ pattern: 'cu*' }, cut.listener),
  ];
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await waitFor(() => cut.gaps() === 1, { what: 'the gap to be told' });
  await there.publish('cut', 'after');
  await waitFor(() => cut.messages.length === 2, { what: 'the message by name and by pattern' });
  expect(cut.gaps()).toBe(1);
  ends.forEach((end) => end());
});

it('refuses what is no channel, and both at once', async () => {
  const { listener } = keeper();
  await expect(here.publish('', 1)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(here.publish('x'.repeat(300), 1)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(here.publish('x', undefined)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(here.publish('x', () => 1)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  for (const selector of [{}, { channel: 'a', pattern: 'b' }, { channel: '' }]) {
    await expect(async () => here.subscribe(selector, listener)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  }
});
