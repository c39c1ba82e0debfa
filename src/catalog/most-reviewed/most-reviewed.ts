import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { DomainError } from '../../errors/index.js';
import { FeatureNotInstalledError } from '../../http/index.js';
import { Metrics } from '../../observability/index.js';
import {
  type BoardDefinition,
  LeaderboardNotFoundError,
  LeaderboardService,
} from '../../leaderboard/index.js';
import type { PageQuery } from '../dto/page.query.js';
import { MostReviewedPageDto } from './dto/most-reviewed.dto.js';
import { MostReviewedRepository, type ProductVotes } from './most-reviewed.repository.js';

const BOARD = 'films:most-reviewed';

/**
 * A score is all votes of a film, as the database counts them, and not one more each time: so whatever is sent twice, late or in
 * another order, `best` leaves the highest, and the next review puts right what was lost. Votes are far below 2^53.
 */
const DEFINITION: Partial<BoardDefinition> = { operator: 'best', scores: 'int53', tieBreak: 'member' };

/** Entries a call of LeaderboardService. */
const BATCH = 1000;
const SERVER_FAULT = 500;

export interface LoadOptions {
  /** Called before the first and after each batch. */
  readonly onProgress?: (ranked: number, total: number) => void;
}

/**
 * The products by votes: those that the data came with, and the reviews that were written here. The rows of Postgres are
 * the truth, and the board can be made from them at any time. Without leaderboards in the app there is no board, and the rest of
 * the catalog does not miss it.
 */
@Injectable()
export class MostReviewed implements OnModuleInit {
  private readonly logger = new Logger('Catalog');
  private readonly missed;
  private boards?: LeaderboardService;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly catalog: MostReviewedRepository,
    metrics: Metrics,
  ) {
    const help = 'Reviews that were written and not counted on the board of the most reviewed.';
    this.missed = metrics.tallies('catalog_reviews_unranked_total', help, [])({});
  }

  /** Looked for, and not injected: an import of LeaderboardModule would bring it back whose line was removed. */
  onModuleInit(): void {
    const found = this.discovery.getProviders().find(({ token }) => token === LeaderboardService);
    this.boards = found?.instance as LeaderboardService | undefined;
  }

  /**
   * Ranks every product that has votes; to do it again changes nothing. One query, and a call of LeaderboardService for each
   * 1000.
   *
   * @returns how many are ranked.
   * @throws FeatureNotInstalledError, StateStoreUnavailableError, DatabaseUnavailableError
   */
  async load({ onProgress }: LoadOptions = {}): Promise<number> {
    const boards = this.installed();
    const entries = (await this.catalog.votes()).map(toEntry);
    await boards.define(BOARD, DEFINITION);
    onProgress?.(0, entries.length);
    for (let start = 0; start < entries.length; start += BATCH) {
      const batch = entries.slice(start, start + BATCH);
      await boards.submitMany(BOARD, batch);
      onProgress?.(start + batch.length, entries.length);
    }
    return entries.length;
  }

  /**
   * Brings a product's votes to the board after a review; one query and one Redis round trip. The review is written by then,
   * so a store that is away now is counted and reported to the log, and not to its author.
   */
  async update(productId: string): Promise<void> {
    if (!this.boards) return;
    try {
      for (const product of await this.catalog.votes(productId)) await this.submit(this.boards, product);
    } catch (error) {
      if (!(error instanceof DomainError) || error.status < SERVER_FAULT) throw error;
      this.missed.added += 1;
      this.logger.error(`the votes of ${productId} are not on the board: ${error.message}`);
    }
  }

  /**
   * A page of products, the most votes first; one Redis round trip and one query.
   *
   * @throws FeatureNotInstalledError, ValidationFailedError for a cursor that is none, StateStoreUnavailableError,
   *   DatabaseUnavailableError
   */
  async top(query: PageQuery): Promise<MostReviewedPageDto> {
    const { items, total, nextCursor } = await this.installed().top(BOARD, query).catch(emptyUnlessMade);
    const products = await this.catalog.products(items.map(({ member }) => member));
    return MostReviewedPageDto.from(items, products, total, nextCursor);
  }

  private installed(): LeaderboardService {
    if (!this.boards) throw new FeatureNotInstalledError('leaderboard');
    return this.boards;
  }

  /** Who reviews first makes the board. */
  private async submit(boards: LeaderboardService, product: ProductVotes): Promise<void> {
    try {
      await boards.submit(BOARD, toEntry(product));
    } catch (error) {
      if (!(error instanceof LeaderboardNotFoundError)) throw error;
      await boards.define(BOARD, DEFINITION);
      await boards.submit(BOARD, toEntry(product));
    }
  }
}

function toEntry({ id, votes }: ProductVotes): { member: string; score: bigint } {
  return { member: id, score: BigInt(votes) };
}

/** Nothing was reviewed or loaded yet. */
function emptyUnlessMade(error: unknown): { items: []; total: 0; nextCursor: null } {
  if (error instanceof LeaderboardNotFoundError) return { items: [], total: 0, nextCursor: null };
  throw error;
}
