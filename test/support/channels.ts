import { crc32 } from 'node:zlib';
import type { ChannelMessage } from '../../src/events/index.js';
import type { TestCluster } from './redis-topologies.js';

const SLOTS_A_MASTER = 5461;

/** The channel of Redis for a name, in a Cluster. */
export const shardedChannel = (name: string) =>
  `holdfast:default:channels:{${crc32(name) % 64}}:name:${name}`;

export const slotOf = ({ masters }: TestCluster, name: string) =>
  masters[1].client.cluster('KEYSLOT', shardedChannel(name)) as Promise<number>;

/** A name whose channel is on the master, as the cluster was made; in another slot than the others that are given. */
export async function nameOn(cluster: TestCluster, master: number, ...others: string[]): Promise<string> {
  const taken = await Promise.all(others.map((other) => slotOf(cluster, other)));
  for (let n = 0; ; n += 1) {
    const slot = await slotOf(cluster, `on:${n}`);
    if (Math.floor(slot / SLOTS_A_MASTER) === master && !taken.includes(slot)) return `on:${n}`;
  }
}

/** A listener that keeps what it hears. */
export class Keeper {
  readonly heard: unknown[] = [];
  readonly messages: string[] = [];
  gaps = 0;

  readonly message = ({ channel, data }: ChannelMessage) => {
    this.heard.push(data);
    this.messages.push(`${channel}=${data}`);
  };

  readonly gap = () => (this.gaps += 1);
}
