/** Any JSON, as OpenAPI 3.0 can say it: without these a generator takes it for an object. */
export const ANY_JSON_SCHEMA = {
  nullable: true,
  oneOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
};
