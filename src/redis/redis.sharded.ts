import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, Command, type Redis } from 'ioredis';
import { retryPause } from './redis.options.js';
import type { RedisNode } from './redis.url.js';

/** How often a node is asked whether it is still there: one that is frozen keeps its connections open. */
const BEAT_MS = 5000;

export interface ShardedListener {
  message(channel: string, text: string): void;
  /** These are heard again, and were not for a while. Once for all that were lost with one connection or move. */
  gap(channels: readonly string[]): void;
}

/** The channels of one slot: one node has them all, and they move together. */
interface Slot {
  readonly number: number;
  readonly wanted: Set<string>;
  /** What the node is known to have. */
  readonly heard: Set<string>;
  /** What may have to be asked for or given back. */
  readonly changed: Set<string>;
  /** Where they are heard; absent while they are not. */
  node?: Redis;
  /** While there are changes. */
  syncing?: Promise<void>;
}

/** What ioredis does not publish: to which channels the server says that a connection is subscribed. */
interface Subscribed {
  readonly condition?: { readonly subscriber?: false | { channels(kind: 'ssubscribe'): string[] } };
}

/**
 * Sharded pub/sub (SSUBSCRIBE) of a Cluster: each channel on the master of its slot, over one connection a master, made when it is
 * first needed. Whatever takes a channel away - a lost connection, a failover, a slot that moves - it is asked for where it is
 * now, until it is heard again, and then the gap is told.
 */
export class ShardedSubscriber {
  private readonly slots = new Map<number, Slot>();
  /** By `host:port`, from when they begin to connect until they end. */
  private readonly nodes = new Map<string, Promise<Redis>>();
  private readonly timer: NodeJS.Timeout;
  private isClosed = false;

  /** @param open makes a connection that is lost for good when it is lost. */
  constructor(
    private readonly cluster: Cluster,
    private readonly open: (node: RedisNode) => Redis,
    private readonly listener: ShardedListener,
  ) {
    this.timer = setInterval(() => this.beat(), BEAT_MS).unref();
    cluster.on('refresh', () => this.lose((slot) => this.isElsewhere(slot)));
  }

  /** One round trip. Settles when the channel is heard, however long that takes, or is not wanted any more. */
  subscribe(channel: string): Promise<void> {
    const number = new Command('ssubscribe', [channel]).getSlot();
    const slot = this.slots.get(number) ?? this.begin(number);
    slot.wanted.add(channel);
    slot.changed.add(channel);
    return this.sync(slot);
  }

  /** In one round trip that nobody waits for. */
  unsubscribe(channel: string): void {
    const slot = this.slots.get(new Command('sunsubscribe', [channel]).getSlot());
    if (!slot?.wanted.delete(channel)) return;
    slot.changed.add(channel);
    void this.sync(slot);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
  }

  private begin(number: number): Slot {
    const slot = { number, wanted: new Set<string>(), heard: new Set<string>(), changed: new Set<string>() };
    this.slots.set(number, slot);
    return slot;
  }

  /** One exchange after the other, so that none overtakes another one. */
  private sync(slot: Slot): Promise<void> {
    if (slot.syncing) return slot.syncing;
    if (slot.changed.size === 0 || this.isClosed) return Promise.resolve();
    return (slot.syncing = this.settle(slot));
  }

  private async settle(slot: Slot): Promise<void> {
    for (let attempt = 1; slot.changed.size > 0 && !this.isClosed; attempt += 1) {
      try {
        slot.node ??= await this.nodeOf(slot);
        await exchange(slot, slot.node);
        attempt = 0;
      } catch {
        // The node is gone or has the slot no more: what this process knows of the slots is old.
        this.lose((each) => each === slot);
        await this.refresh();
        await pause(retryPause(attempt), undefined, { ref: false });
      }
    }
    // Here and not when the promise has settled: meanwhile there may be changes.
    slot.syncing = undefined;
    if (slot.wanted.size === 0) this.slots.delete(slot.number);
  }

  private refresh(): Promise<void> {
    return new Promise((resolve) => this.cluster.refreshSlotsCache(() => resolve()));
  }

  private homeOf({ number }: Slot): string | undefined {
    return this.cluster.slots[number]?.[0];
  }

  private isElsewhere(slot: Slot): boolean {
    return slot.node !== undefined && addressOf(slot.node) !== this.homeOf(slot);
  }

  private nodeOf(slot: Slot): Promise<Redis> {
    const address = this.homeOf(slot);
    if (address === undefined) throw new Error('nobody has the slot');
    let node = this.nodes.get(address);
    if (!node) this.nodes.set(address, (node = this.connect(address)));
    return node;
  }

  private async connect(address: string): Promise<Redis> {
    const colon = address.lastIndexOf(':');
    const node = this.open({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    // The connection for commands tells what is wrong with a node.
    node.on('error', () => undefined);
    node.on('smessage', (channel: string, text: string) => this.listener.message(channel, text));
    // The server has taken a channel away. It tells which; what ioredis tells is only that.
    node.on('moved', () => this.lose((slot) => slot.node === node && !hasAll(node, slot.heard)));
    node.on('end', () => {
      this.nodes.delete(address);
      this.lose((slot) => slot.node === node);
    });
    await node.connect();
    return node;
  }

  /** Asks anew for what was lost, and tells of it when all is back. */
  private lose(isLost: (slot: Slot) => boolean): void {
    if (this.isClosed) return;
    const lost = [...this.slots.values()].filter(isLost);
    const channels = lost.flatMap(({ heard }) => [...heard]);
    lost.forEach(forget);
    if (channels.length === 0) return;
    void Promise.all(lost.map((slot) => this.sync(slot))).then(() => {
      if (!this.isClosed) this.listener.gap(channels);
    });
  }

  /** A node that owes an answer for too long loses its connection. One that has nothing to tell any more is left. */
  private beat(): void {
    const check = async (node: Redis): Promise<void> => {
      const isUsed = (slot: Slot) => slot.node === node;
      if (![...this.slots.values()].some(isUsed)) return node.disconnect();
      await checkMaster(node).catch(() => this.lose(isUsed));
    };
    for (const node of this.nodes.values()) node.then(check).catch(() => undefined);
  }
}

/** Asks for what is missing, and gives back what is too much. @throws what the node answers, or that it is gone. */
async function exchange(slot: Slot, node: Redis): Promise<void> {
  const { wanted, heard, changed } = slot;
  const missing = [...changed].filter((channel) => wanted.has(channel) && !heard.has(channel));
  const unwanted = [...changed].filter((channel) => !wanted.has(channel) && heard.delete(channel));
  changed.clear();
  try {
    await Promise.all([
      ...(missing.length > 0 ? [node.ssubscribe(...missing), checkMaster(node)] : []),
      ...(unwanted.length > 0 ? [node.sunsubscribe(...unwanted)] : []),
    ]);
    // It may have been taken away again right behind the answer.
    if (slot.node !== node || !hasAll(node, missing)) throw new Error('the slot has left the node');
  } catch (error) {
    giveBack(node, missing);
    throw error;
  }
  for (const channel of missing) heard.add(channel);
}

/**
 * A replica takes subscriptions as well, but nobody would count them, nor tell when they end. A master that becomes one says
 * that it has taken the channels away.
 *
 * @throws Error unless the node is a master.
 */
async function checkMaster(node: Redis): Promise<void> {
  const about = (await node.hello()) as unknown[];
  if (about[about.indexOf('role') + 1] !== 'master') throw new Error('the node is a replica');
}

function forget(slot: Slot): void {
  if (slot.node) giveBack(slot.node, [...slot.heard]);
  slot.node = undefined;
  slot.heard.clear();
  for (const channel of slot.wanted) slot.changed.add(channel);
}

/** A node that has become a replica would go on telling what its master tells. */
function giveBack(node: Redis, channels: readonly string[]): void {
  if (node.status === 'ready' && channels.length > 0) node.sunsubscribe(...channels).catch(() => undefined);
}

function hasAll(node: Redis, channels: Iterable<string>): boolean {
  const { subscriber } = (node as unknown as Subscribed).condition ?? {};
  const has = new Set(subscriber ? subscriber.channels('ssubscribe') : []);
  return [...channels].every((channel) => has.has(channel));
}

function addressOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
