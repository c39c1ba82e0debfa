import { Controller, Get } from '@nestjs/common';
import { checkTemplate, fillTemplate } from './path-template.js';

@Controller('shops/:shop')
class Products {
  @Get('products/:id')
  show(): void {}
}

const route = { controller: Products, handler: Products.prototype.show };

describe('a template of path parameters', () => {
  it('is filled with their values', () => {
    expect(fillTemplate('product:{id}', { id: 'a:{b}' })).toBe('product:a:{b}');
    expect(fillTemplate('{shop}/{id}/{shop}', { id: '1', shop: '$&' })).toBe('$&/1/$&');
    expect(fillTemplate('all', {})).toBe('all');
  });

  it('is not filled where one is missing', () => {
    expect(() => fillTemplate('product:{id}', { ID: '1' })).toThrow('has no {id}');
  });

  it('is known to fit its route, or not, before any request', () => {
    expect(() => checkTemplate('{shop}:{id}', route)).not.toThrow();
    expect(() => checkTemplate('all', route)).not.toThrow();
    for (const template of ['{i}', '{ids}', '{id}:{page}']) {
      expect(() => checkTemplate(template, route)).toThrow('has no parameter');
    }
  });
});
