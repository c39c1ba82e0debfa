import { Module } from '@nestjs/common';
import { ExampleNameController } from './example-name.controller.js';
import { ExampleNameKeys } from './example-name.keys.js';
import { ExampleNameService } from './example-name.service.js';

/** Texts under ids, the same for every replica, each kept for a day after its last change. */
@Module({
  controllers: [ExampleNameController],
  providers: [ExampleNameService, ExampleNameKeys],
  exports: [ExampleNameService],
})
export class ExampleNameModule {}
