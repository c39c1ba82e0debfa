import { type DynamicModule, Module } from '@nestjs/common';
import { DataFolder } from './data-folder.js';
import { Settings } from './settings.js';

/** Makes the checked {@link Settings}, and the folder of the embedded servers, injectable everywhere. */
@Module({})
export class ConfigModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: Settings, useValue: settings }, DataFolder],
      exports: [Settings, DataFolder],
    };
  }
}
