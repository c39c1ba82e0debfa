import { BaseRpcContext } from '@nestjs/microservices';
import type { CloudEvent } from '../streams/cloud-event.js';
import type { StreamContext } from '../streams/groups/delivery.js';

/**
 * What `@EventPattern` and `@MessagePattern` handlers are told beside the data, by `@Ctx()`: all that an `@OnStream` method is, and
 * the event.
 */
export class RedisStreamsContext
  extends BaseRpcContext<[CloudEvent, StreamContext]>
  implements StreamContext
{
  get event(): CloudEvent {
    return this.args[0];
  }

  get stream(): string {
    return this.delivery.stream;
  }

  get group(): string {
    return this.delivery.group;
  }

  get id(): string {
    return this.delivery.id;
  }

  get deliveryCount(): number {
    return this.delivery.deliveryCount;
  }

  get signal(): AbortSignal {
    return this.delivery.signal;
  }

  applyOnce(...given: Parameters<StreamContext['applyOnce']>): Promise<boolean> {
    return this.delivery.applyOnce(...given);
  }

  /** What a hook of the client has attached (`ClientProxy#setOnDispatchHook`), as a trace id; undefined without. */
  getMetadata(): Record<string, string> | undefined {
    const { nestmetadata: metadata } = this.event;
    return typeof metadata === 'string' ? (JSON.parse(metadata) as Record<string, string>) : undefined;
  }

  private get delivery(): StreamContext {
    return this.args[1];
  }
}
