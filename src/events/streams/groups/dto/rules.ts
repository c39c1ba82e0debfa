import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, Matches } from 'class-validator';

export const MAX_IDS = 1000;

/** Ids of entries, as Redis writes them. */
export function IsEntryIds(): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_IDS),
    Matches(/^\d{1,19}-\d{1,19}$/, { each: true, message: 'each must be an id, <ms>-<seq>' }),
  );
}
