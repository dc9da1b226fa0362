import type { Degradation } from '../../src/domain';
import type { Clock } from './clock';
import type { Fleet } from './fleet';
import { NOTHING, told, type Told } from './happening';
import { instanceName } from './instance';
import type { Scenario } from './scenario';

/** Looks at the good ones now and then, and tells which of them have turned ill. */
export class Patrol {
  private on = false;
  private lookAt: number | null = null;
  /** Which run it is: one more each time it continues as new. */
  private run = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly fleet: Fleet,
    private readonly clock: Clock,
  ) {}

  turn(on: boolean): void {
    this.on = on;
    this.planLook();
  }

  /** It continues as new: the patrol of the old run has ended. */
  renew(): void {
    this.run++;
    this.on = false;
    this.lookAt = null;
  }

  /** There may be somebody to find. */
  planLook(): void {
    if (!this.on || this.lookAt !== null) return;
    if (!this.fleet.instances.some((one) => one.watched && !one.healthy && !one.left && !one.found)) return;
    this.lookAt = this.clock.now + this.scenario.patrolMs;
    this.clock.plan(this.lookAt, { kind: 'look', run: this.run });
  }

  /** The time for a look has come, in the run that planned it. */
  look(run: number): Told {
    this.lookAt = null;
    // What it has found on its last round is told, though it was called off meanwhile; a former run's patrol is gone.
    if (run !== this.run || (!this.on && this.scenario.lastFirst)) return NOTHING;
    const degraded = this.findings(false);
    return degraded.length > 0 ? told({ kind: 'degraded', degraded }) : NOTHING;
  }

  /**
   * Those that were good and aren't. The engine may not know yet that they were: the outcome can still be
   * on its way, so a sweep tells what it sees, whoever has seen it before.
   */
  findings(again: boolean): Degradation[] {
    const found: Degradation[] = [];
    for (const instance of this.fleet.instances) {
      if (!instance.watched || instance.healthy || instance.left || (instance.found && !again)) continue;
      instance.found = true;
      if (!instance.operation) instance.reason = 'degraded twice in a row';
      found.push({
        ordinal: instance.ordinal,
        name: instanceName(instance.ordinal),
        reason: 'degraded twice in a row',
      });
    }
    return found;
  }
}
