import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray } from 'class-validator';
import { IsId } from '../../../http/index.js';

export const MAX_SELECTORS = 64;

/** A query parameter that may come once or more often. */
function IsIdList(description: string, example: string[]): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'string', isArray: true, maxItems: MAX_SELECTORS, description, example }),
    Transform(({ value }) => (value === undefined || Array.isArray(value) ? value : [value]) as unknown),
    IsArray(),
    ArrayMaxSize(MAX_SELECTORS),
    IsId({ each: true }),
  );
}

export class SubscriptionQuery {
  @IsIdList('Names of channels', ['news'])
  readonly channel: string[] = [];

  @IsIdList('Patterns over names: `*`, `?`, `[a-c]`, and `\\` before one of these', ['user-activity:*'])
  readonly pattern: string[] = [];
}
