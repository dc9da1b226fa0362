import { ActivityFailure, ApplicationFailure, CancellationScope, patched } from '@temporalio/workflow';
import type { Message, MessageKind } from '../domain';
import { reasonOf, short } from './activities';
import { readFields, type Fields } from './fields';
import type { ContinuedInput } from './input';
import type { Accepted } from './messages';
import { printOf } from './print';
import type { Shell } from './shell';

/** A repetition follows its message within seconds (an Update's answer got lost, the Signal is sent): this many in between are plenty. */
const REMEMBERED = 200;

/** The latest messages that were applied: their request ids, and what came under each. */
export type CarriedMessages = Pick<ContinuedInput['continued'], 'applied' | 'prints'>;

/** Takes messages in: each one once, and only what the rollout accepts. */
export class Inbox {
  /** Request ids, oldest first, with what came under them; an earlier Belay's runs don't hand that on. */
  private readonly applied: Map<string, string>;
  private readonly underway = new Map<string, { print: string; application: Promise<Accepted> }>();
  private early = 0;

  constructor(
    private readonly shell: Shell,
    { applied, prints = [] }: CarriedMessages = { applied: [] },
  ) {
    this.applied = new Map(applied.map((id, index) => [id, prints[index] ?? '']));
  }

  /** What the next run has to know, too. */
  get carried(): Required<CarriedMessages> {
    return { applied: [...this.applied.keys()], prints: [...this.applied.values()] };
  }

  /** Whether the messages that came before the rollout began are all judged. */
  get judged(): boolean {
    return this.early === 0;
  }

  /** Throws what is wrong with a message, or why it is refused. Changes nothing. */
  validate(kind: MessageKind, given: unknown): void {
    const fields = readFields(kind, given);
    const id = fields.requestId;
    if (id !== undefined && this.has(id)) {
      if (this.isOther(id, printOf(kind, fields))) throw otherMessage(id);
      return;
    }
    if (this.shell.rollout) this.judge(kind, fields, undefined);
  }

  /** Applies a message unless it was applied before; throws why it is refused. */
  async receive(kind: MessageKind, given: unknown): Promise<Accepted> {
    const fields = readFields(kind, given);
    const id = fields.requestId;
    if (id === undefined) return this.apply(kind, fields);
    const print = printOf(kind, fields);
    // Runs of an earlier Belay took it for the one before.
    if (this.isOther(id, print) && patched('a-request-id-is-for-one-message')) throw otherMessage(id);
    const twin = this.underway.get(id);
    if (twin) return twin.application;
    if (this.applied.has(id)) return this.accepted();
    const application = this.apply(kind, fields);
    this.underway.set(id, { print, application });
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
    if (fields.requestId !== undefined) this.remember(fields.requestId, printOf(kind, fields));
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

  /** Whether something else came under this id before. */
  private isOther(id: string, print: string): boolean {
    const before = this.underway.get(id)?.print ?? this.applied.get(id) ?? '';
    return before !== '' && before !== print;
  }

  private remember(id: string, print: string): void {
    this.applied.set(id, print);
    for (const oldest of this.applied.keys()) {
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

function otherMessage(id: string): ApplicationFailure {
  return refused(`request_id ${id} was sent with another message before: give each message one of its own`);
}

function refused(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'MessageRefused');
}
