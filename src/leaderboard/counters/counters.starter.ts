import { type ExecutionContext, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  checkTemplate,
  fillTemplate,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
} from '../../http/index.js';
import { isId } from '../../redis/index.js';
import { type CountOptions, CountersService } from './counters.service.js';

export const COUNTS_VIEW = Symbol('counts view');

/** What `@CountsView()` says of a route. */
export interface CountedView {
  readonly template: string;
  readonly options: CountOptions;
}

const NOT_MODIFIED = 304;

/** Counts the views of `@CountsView()` routes once their answers have left, whoever gave them. */
@Injectable()
export class CountersStarter implements RequestStarter, OnModuleInit {
  readonly feature = 'counters';

  constructor(
    private readonly counters: CountersService,
    private readonly starters: RequestStarters,
    private readonly reflector: Reflector,
    private readonly discovery: DiscoveryService,
  ) {}

  /** @throws TypeError for a template that its route cannot fill. */
  onModuleInit(): void {
    for (const { metatype, host } of this.discovery.getControllers()) {
      const controller = metatype as Type;
      const prototype = controller.prototype as Record<string, Route['handler']>;
      for (const method of new MetadataScanner().getAllMethodNames(prototype)) {
        const handler = prototype[method];
        const view = this.viewOf(handler);
        if (view) checkTemplate(view.template, { controller, handler }, host?.metatype as Type | undefined);
      }
    }
    this.starters.register(this);
  }

  prepare({ handler }: Route): Start | undefined {
    const view = this.viewOf(handler);
    return view && ((request, context) => this.follow(view, request, context));
  }

  private viewOf(handler: Route['handler']): CountedView | undefined {
    return this.reflector.get<CountedView | undefined>(COUNTS_VIEW, handler);
  }

  private follow(
    { template, options }: CountedView,
    request: FastifyRequest,
    context: ExecutionContext,
  ): void {
    if (request.method === 'HEAD') return;
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    raw.once('finish', () => {
      const name = isSuccess(raw.statusCode) ? fillTemplate(template, request.params) : '';
      // A route may have parameters that are too long to name anything.
      if (isId(name)) this.counters.count(name, 1n, options);
    });
  }
}

function isSuccess(status: number): boolean {
  return (status >= 200 && status < 300) || status === NOT_MODIFIED;
}
