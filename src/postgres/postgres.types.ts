import { type CustomTypesConfig, types } from 'pg';

/**
 * pg's own types but one: a `date` stays text. pg makes it midnight in the time zone of the process, which is
 * another day in the next one. `bigint` and `numeric` are text too, for they may not fit a number.
 */
export const resultTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === Number(types.builtins.DATE)
      ? (text: string) => text
      : types.getTypeParser(oid, format as 'text')) as CustomTypesConfig['getTypeParser'],
};
