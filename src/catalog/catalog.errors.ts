import { DomainError } from '../errors/index.js';

/** There is no product with the id; nothing was changed. */
export class ProductNotFoundError extends DomainError {
  readonly code = 'PRODUCT_NOT_FOUND';
  readonly status = 404;
  readonly title = 'No such product';

  constructor() {
    super('There is no product with this id.');
  }
}

/** Somebody else changed the product since the version that the change was made from; nothing was changed. */
export class ProductChangedError extends DomainError {
  readonly code = 'PRODUCT_CHANGED';
  readonly status = 409;
  readonly title = 'The product has changed meanwhile';

  constructor() {
    super('Read the product again, and make the change from its present version.');
  }
}

/** A user reviews a product once. */
export class ReviewExistsError extends DomainError {
  readonly code = 'REVIEW_EXISTS';
  readonly status = 409;
  readonly title = 'The user has reviewed the product';

  constructor() {
    super('This user has reviewed this product before.');
  }
}
