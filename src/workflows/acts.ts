import { CancellationScope, TemporalFailure } from '@temporalio/workflow';
import type { Acted, ActInput } from '../activities/types';
import type { RolloutCommand } from '../domain/rollout';
import type { Act } from '../domain/rollout/stage';
import { long, reasonOf } from './activities';
import { persist } from './persist';
import type { Rollout, Shell } from './shell';

/** Carries out what is no instance's change, and tells what became of it. */
export class Acts {
  /** Of those that are waited for: they are only ever cancelled together. */
  private scope = new CancellationScope({ cancellable: true });

  constructor(
    private readonly shell: Shell,
    private readonly rollout: Rollout,
  ) {}

  /** What is under way still tells what became of it. */
  cancel(): void {
    this.scope.cancel();
    this.scope = new CancellationScope({ cancellable: true });
  }

  async carryOut({ number, act, awaited }: Extract<RolloutCommand, { kind: 'act' }>): Promise<void> {
    const { scope } = this;
    const { generation } = this.rollout.began;
    // Whoever is only told is told also of what is stopped.
    const run = () =>
      awaited ? scope.run(() => start({ generation, number, act })) : start({ generation, number, act });
    const acted = await persist(summaryOf(act), this.shell, () =>
      run().catch((error: unknown) => stopped(error, scope)),
    );
    if (awaited) this.shell.feed({ kind: 'acted', number, ...acted });
    // A hook's end is in the log by itself.
    else if (acted.fault !== undefined && act.kind !== 'hook') {
      this.shell.note({ type: 'act_failed', reason: `${summaryOf(act)}: ${acted.fault}` });
    }
  }
}

/** One that was cancelled has its end; any other failure is tried again. */
function stopped(error: unknown, scope: CancellationScope): Acted {
  if (scope.consideredCancelled && error instanceof TemporalFailure)
    return { fault: `it was stopped (${reasonOf(error)})` };
  throw error;
}

function start({ act, ...of }: ActInput): Promise<Acted> {
  const options = { summary: summaryOf(act) };
  switch (act.kind) {
    case 'shift':
    case 'settle':
      return long.shiftTraffic.executeWithOptions(options, [{ ...of, act }]);
    case 'hook':
      return long.runHook.executeWithOptions(options, [{ ...of, act }]);
    case 'set_flags':
    case 'restore_flags':
      return long.setFlags.executeWithOptions(options, [{ ...of, act }]);
    case 'read_calendar':
      return long.readCalendar.executeWithOptions(options, [{ ...of, act }]);
  }
}

function summaryOf(act: Act): string {
  switch (act.kind) {
    case 'shift':
      return `traffic → ${act.weight}%`;
    case 'settle':
      return 'the release becomes stable';
    case 'hook':
      return `hook ${act.hook}`;
    case 'set_flags':
      return act.flags
        .map(({ feature, percent }) => `${feature} → ${percent === 'off' ? 'off' : `${percent}%`}`)
        .join(', ');
    case 'restore_flags':
      return `flags as they were${act.features === undefined ? '' : `: ${act.features.join(', ')}`}`;
    case 'read_calendar':
      return 'may it go on?';
  }
}
