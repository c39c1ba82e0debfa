import { type RawBuilder, sql, type SqlBool } from 'kysely';

/**
 * The condition by which a row is written under a lease, and not after a later one:
 *
 *     update accounts set balance = $1, fence = $2 where id = $3 and (fence is null or fence <= $2)
 *
 * With Kysely: `.set({ balance, fence: String(lease.fencingToken) }).where(notFenced('fence', lease.fencingToken))`. A statement
 * that changes no row came too late: throw FencingTokenStaleError. The comparison and the write are one statement, so this holds
 * whatever the clocks and the network do.
 *
 * @param column a `bigint` column of the row, null at first.
 */
export function notFenced(column: string, token: bigint): RawBuilder<SqlBool> {
  const fence = sql.ref(column);
  return sql<SqlBool>`(${fence} is null or ${fence} <= ${String(token)}::bigint)`;
}
