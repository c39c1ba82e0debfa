import { Controller, Get } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { RequestStarters } from '../../http/index.js';
import { CountersService } from './counters.service.js';
import { CountersStarter } from './counters.starter.js';
import { CountsView } from './decorators/counts-view.decorator.js';

async function start(template: string): Promise<RequestStarters> {
  @Controller('products')
  class ProductsController {
    @Get(':id')
    @CountsView(template)
    show(): void {}

    @Get()
    list(): void {}
  }
  const root = await Test.createTestingModule({
    imports: [DiscoveryModule],
    controllers: [ProductsController],
    providers: [CountersStarter, RequestStarters, { provide: CountersService, useValue: {} }],
  }).compile();
  root.get(CountersStarter).onModuleInit();
  const starters = root.get(RequestStarters);
  const { show, list } = ProductsController.prototype;
  expect(starters.prepare({ controller: ProductsController, handler: show })).toHaveLength(1);
  expect(starters.prepare({ controller: ProductsController, handler: list })).toHaveLength(0);
  return starters;
}

describe('the templates of counted views', () => {
  it('are known to fit their routes when the app starts', async () => {
    expect((await start('product:{id}')).has('counters')).toBe(true);
    expect((await start('products')).has('counters')).toBe(true);
  });

  it('keep it from starting where they do not', async () => {
    await expect(start('product:{ID}')).rejects.toThrow('has no parameter "ID"');
  });
});
