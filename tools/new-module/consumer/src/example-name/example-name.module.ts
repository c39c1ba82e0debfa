import { Module } from '@nestjs/common';
import { ConsumerKeys } from './consumer/consumer.keys.js';
import { ExampleNameConsumer } from './consumer/example-name.consumer.js';
import { ExampleNameController } from './example-name.controller.js';
import { ExampleNameKeys } from './example-name.keys.js';
import { ExampleNameService } from './example-name.service.js';

/** Texts under ids, the same for every replica, each kept for a day after its last change; and a tally of events. */
@Module({
  controllers: [ExampleNameController],
  providers: [ExampleNameService, ExampleNameKeys, ExampleNameConsumer, ConsumerKeys],
  exports: [ExampleNameService],
})
export class ExampleNameModule {}
