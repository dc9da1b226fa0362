import type { Ledger } from './ledger';
import type { Scenario } from './scenario';

const MOST = 500;

/** How many may go back at a time: as many as the largest batch had, unless somebody has said it. */
export class Width {
  private largest = 1;
  /** The most that were really changed at a time: a rollback is at least as wide. */
  private widest = 1;

  constructor(
    private readonly scenario: Scenario,
    private readonly ledger: Ledger,
  ) {
    if (scenario.mode !== 'rollback') return;
    const { batching } = ledger;
    const sizes = batching.kind === 'window' ? [batching.size] : batching.sizes;
    this.largest = Math.max(...sizes.map((size) => ledger.size(size)));
    this.widest = this.largest;
  }

  /** A batch of so many begins, or a window is that wide. */
  began(size: number): void {
    this.largest = Math.max(this.largest, size);
  }

  /** So many are changed at a time. */
  changing(number: number): void {
    this.widest = Math.max(this.widest, number);
  }

  /** How many may go back at a time. */
  get most(): number {
    return Math.min(MOST, this.asked ?? this.largest);
  }

  /** How many go back at a time at least, as long as there are so many. */
  get least(): number {
    return Math.min(MOST, this.asked ?? this.widest);
  }

  private get asked(): number | undefined {
    const { rollbackBatchSize } = this.scenario.policy;
    return rollbackBatchSize ? this.ledger.size(rollbackBatchSize) : undefined;
  }
}
