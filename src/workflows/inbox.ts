import { ActivityFailure, ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import type { Message, MessageKind } from '../domain';
import { reasonOf, short } from './activities';
import { readFields, type Fields } from './fields';
import type { Accepted } from './messages';
import type { Shell } from './shell';

/** A repetition follows its message within seconds (an Update's answer got lost, the Signal is sent): this many in between are plenty. */
const REMEMBERED = 200;

/** Takes messages in: each one once, and only what the rollout accepts. */
export class Inbox {
  /** Request ids, oldest first. */
  private readonly applied: Set<string>;
  private readonly underway = new Map<string, Promise<Accepted>>();
  private early = 0;

  constructor(
    private readonly shell: Shell,
    applied: string[] = [],
  ) {
    this.applied = new Set(applied);
  }

  /** What the next run has to know, too. */
  get carried(): string[] {
    return [...this.applied];
  }

  /** Whether the messages that came before the rollout began are all judged. */
  get judged(): boolean {
    return this.early === 0;
  }

  /** Throws what is wrong with a message, or why it is refused. Changes nothing. */
  validate(kind: MessageKind, given: unknown): void {
    const fields = readFields(kind, given);
    if (fields.requestId !== undefined && this.has(fields.requestId)) return;
    if (this.shell.rollout) this.judge(kind, fields, undefined);
  }

  /** Applies a message unless it was applied before; throws why it is refused. */
  async receive(kind: MessageKind, given: unknown): Promise<Accepted> {
    const fields = readFields(kind, given);
    const id = fields.requestId;
    if (id === undefined) return this.apply(kind, fields);
    const twin = this.underway.get(id);
    if (twin) return twin;
    if (this.applied.has(id)) return this.accepted();
    const application = this.apply(kind, fields);
    this.underway.set(id, application);
    try {
      return await application;
    } finally {
      this.underway.delete(id);
    }
  }

  /** `abort` may well come before anything is begun: it is judged as soon as it can be, ahead of the first change. */
  private async apply(kind: MessageKind, fields: Fields): Promise<Accepted> {
    if (this.shell.rollout) return this.applyNow(kind, fields);
    this.early++;
    try {
      await this.shell.opened;
      return this.applyNow(kind, fields); // not awaited: looking names up doesn't hold up the start
    } finally {
      this.early--;
    }
  }

  /** Takes effect before the first await, unless names have to be looked up. */
  private async applyNow(kind: MessageKind, fields: Fields): Promise<Accepted> {
    let ordinals: number[] = [];
    if (fields.names.length > 0) {
      this.judge(kind, fields, undefined);
      ordinals = await this.ordinalsOf(kind, fields.names);
    }
    const message = this.judge(kind, fields, ordinals);
    this.shell.feed({ kind: 'message', message });
    if (fields.requestId !== undefined) this.remember(fields.requestId);
    return this.accepted();
  }

  /** @param ordinals undefined: the names are not looked up yet, so only what doesn't depend on them is judged */
  private judge(kind: MessageKind, fields: Fields, ordinals: number[] | undefined): Message {
    const { id, generation } = this.shell.begun.began.document;
    if (fields.generation !== undefined && fields.generation !== generation) {
      throw refused(`generation ${fields.generation} is not in flight here: this is ${id}`);
    }
    const message = messageOf(kind, fields, ordinals ?? []);
    const named = ordinals === undefined && fields.names.length > 0;
    const why = this.shell.refusal(named ? { kind: 'abort', by: fields.by } : message);
    // An abort is refused by one that has ended only, or that is being aborted: so is then everything else.
    if (why !== undefined) throw refused(`${id}: ${why}`);
    return message;
  }

  private async ordinalsOf(kind: MessageKind, names: string[]): Promise<number[]> {
    const { generation } = this.shell.begun.began;
    const options = { summary: `${kind}: who is it?` };
    const found = await CancellationScope.nonCancellable(() =>
      short.ordinals.executeWithOptions(options, [{ generation, names }]),
    ).catch((error: unknown) => {
      if (!(error instanceof ActivityFailure)) throw error;
      throw refused(`the names could not be looked up: ${reasonOf(error)}`);
    });
    const unknown = names.filter((_, index) => found[index] === null || found[index] === undefined);
    if (unknown.length > 0) {
      throw refused(`this deployment has no ${unknown.length === 1 ? 'instance' : 'instances'} ${unknown.join(', ')}`);
    }
    return found.filter((ordinal) => ordinal !== null);
  }

  private accepted(): Accepted {
    return { accepted: true, deployment: this.shell.begun.began.document.id };
  }

  private has(id: string): boolean {
    return this.applied.has(id) || this.underway.has(id);
  }

  private remember(id: string): void {
    this.applied.add(id);
    for (const oldest of this.applied) {
      if (this.applied.size <= REMEMBERED) return;
      this.applied.delete(oldest);
    }
  }
}

function messageOf(kind: MessageKind, { by, reason, adjustment }: Fields, ordinals: number[]): Message {
  const from = { by, ...(reason !== undefined && { reason }) };
  switch (kind) {
    case 'adjust':
      return { kind, ...from, adjustment };
    case 'retry':
    case 'skip':
      return { kind, ...from, ordinals };
    default:
      return { kind, ...from };
  }
}

function refused(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'MessageRefused');
}
