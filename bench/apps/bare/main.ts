// The ceiling: the same route of Nest 12 on Fastify, with nothing in front of it and nothing behind it.
import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { reportToHarness } from '../common/child.js';
import { makeProduct, ProductSource, type Product } from '../common/product.js';

const inMemory = new Map<string, Product>([['1001', makeProduct('1001')]]);

@Controller('products')
class ProductsController {
  @Get(':id')
  findOne(@Param('id') id: string): Product | undefined {
    return inMemory.get(id);
  }
}

@Module({ controllers: [ProductsController] })
class BareModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
    logger: ['error'],
  });
  await app.listen(0, '127.0.0.1');
  reportToHarness(await app.getUrl(), new ProductSource());
}

void main();
