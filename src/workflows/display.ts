import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { patched, setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { isTerminal, type Status, type StatusDocument } from '../domain';
import { short } from './activities';
import { ATTRIBUTES } from './attributes';
import { detailsOf } from './details';
import type { Carried } from './input';
import { attempt } from './persist';

/** Shows where the deployment stands: in the Web UI, and in the database for when the workflow can't be asked. */
export class Display {
  private recorded: Status;
  private next: StatusDocument | undefined;
  private recording = false;

  constructor(
    private readonly began: Carried,
    private readonly settled: () => void,
    private readonly written: () => Promise<void>,
  ) {
    this.recorded = began.document.status;
  }

  /** Whether all that is to be recorded is recorded. */
  get idle(): boolean {
    return !this.recording;
  }

  /** What doesn't change any more: in the first run only, the next ones inherit it. */
  introduce(): void {
    const { document, targetLabel } = this.began;
    upsertMemo({ deployment: document.id, generation: document.generation });
    const { typedSearchAttributes: present } = workflowInfo();
    const missing: SearchAttributeUpdatePair[] = [
      { key: ATTRIBUTES.service, value: document.service },
      { key: ATTRIBUTES.environment, value: document.environment },
      { key: ATTRIBUTES.release, value: targetLabel },
      { key: ATTRIBUTES.strategy, value: document.strategy },
    ];
    const pairs = missing.filter(({ key }) => present.get(key as typeof ATTRIBUTES.service) === undefined);
    if (pairs.length > 0) upsertSearchAttributes(pairs);
  }

  /** Costs history only when the status is another one. */
  show(document: StatusDocument, busy: string[]): void {
    setCurrentDetails(detailsOf(document, busy));
    const { status } = document;
    if (workflowInfo().typedSearchAttributes.get(ATTRIBUTES.status) !== status) {
      upsertSearchAttributes([{ key: ATTRIBUTES.status, value: status }]);
    }
    if (status === this.recorded || isTerminal(status)) return;
    this.recorded = status;
    this.next = document;
    if (!this.recording) void this.record();
  }

  /**
   * One at a time, so that an older status never overwrites a newer one; what was overtaken is left out. What led
   * to a status is written first: the event log tells of a pause before it tells that all stands still.
   */
  private async record(): Promise<void> {
    this.recording = true;
    while (this.next) {
      const document = this.next;
      this.next = undefined;
      if (patched('status-after-its-cause')) await this.written();
      const options = { summary: `status: ${document.status}` };
      await attempt('recording the status', () => short.recordProgress.executeWithOptions(options, [{ document }]));
    }
    this.recording = false;
    this.settled();
  }
}
