export { ExampleNameChangedError, ExampleNameNotFoundError } from './example-name.errors.js';
export { ExampleNameModule } from './example-name.module.js';
export { type ExampleNameEntry, ExampleNameService } from './example-name.service.js';
