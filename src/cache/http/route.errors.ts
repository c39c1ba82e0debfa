/** What `@Cached()` or `@InvalidatesCache()` says of a route cannot be done: the app does not start. */
export class InvalidCachedRouteError extends TypeError {
  constructor(route: string, what: string, options?: ErrorOptions) {
    super(`${route}: ${what}`, options);
    this.name = 'InvalidCachedRouteError';
  }
}
