import type { Message } from '../../src/domain';
import { judgeRefusal } from './legal';
import type { Shell } from './shell';
import { must } from './violation';

/** Sends messages, and judges how they are received: by refusals that say why, and once only. */
export class Messages {
  /** Kinds of those that were accepted. */
  readonly accepted: string[] = [];

  constructor(private readonly shell: Shell) {}

  /** Sends a message; answers whether it was accepted. */
  say(message: Message): boolean {
    const { shell } = this;
    const { course } = shell.judge;
    const before = shell.remembered();
    const refused = this.refusal(message);
    must(before === shell.remembered(), `asking whether ${message.kind} is refused changes the state`);
    judgeRefusal(course, message, shell.shown, refused);
    if (refused !== undefined) {
      must(refused.length > 0, 'a refusal says why');
      if (message.kind === 'resume' && course.drive.kind === 'paused') {
        must(
          /retry/.test(refused) && /skip/.test(refused) && /adjust/.test(refused),
          `it names the ways out: ${refused}`,
        );
      }
      shell.nothingTwice({ kind: 'message', message });
      return false;
    }
    this.accepted.push(message.kind);
    shell.feed({ kind: 'message', message });
    return true;
  }

  /** The same message once more: refused, or without effect. */
  sayAgain(message: Message): void {
    const before = this.counts;
    const refused = this.refusal(message);
    const commands = this.shell.feed({ kind: 'message', message }, refused === undefined);
    const effects = commands.filter((one) => one.kind !== 'log').map((one) => one.kind);
    // Where one wait follows another at once, it is said of that.
    const next = this.shell.delivers && refused === undefined && ['promote', 'approve'].includes(message.kind);
    must(next || effects.length === 0, `${message.kind} said twice leads to ${effects.join(', ')}`);
    must(before === this.counts, `${message.kind} said twice changes the counts`);
  }

  private refusal(message: Message): string | undefined {
    return this.shell.engine.refusal(this.shell.state, message);
  }

  private get counts(): string {
    return JSON.stringify(this.shell.engine.countsOf(this.shell.state));
  }
}
