import type { RolloutCommand } from '../../src/domain/rollout';
import { Clock } from './clock';
import { Fleet } from './fleet';
import { NOTHING, told, type Happening, type Told } from './happening';
import type { Instance } from './instance';
import { Operations } from './operations';
import { Outside } from './outside';
import { Patrol } from './patrol';
import type { Scenario } from './scenario';

/** The generation that a simulated deployment has; whatever it draws is higher. */
export const GENERATION = 100;

/**
 * The instances and all that lies between them and the engine: workers, the store, the fence at each
 * instance. It carries commands out and tells what became of them, under a clock of its own.
 */
export class World {
  /** Questions that are not answered yet. */
  readonly open = { membership: 0, sweep: 0, draw: 0 };
  /** When the last sweep looked. */
  sweptAt = -1;
  private drawn: number | null = null;
  private readonly clock: Clock;
  private readonly fleet: Fleet;
  private readonly operations: Operations;
  private readonly patrol: Patrol;
  readonly outside: Outside;

  constructor(private readonly scenario: Scenario) {
    this.clock = new Clock(scenario.lastFirst);
    this.fleet = new Fleet(scenario);
    this.operations = new Operations(scenario, this.fleet, this.clock);
    this.patrol = new Patrol(scenario, this.fleet, this.clock);
    this.outside = new Outside(scenario.delivery, this.clock);
  }

  get now(): number {
    return this.clock.now;
  }

  /** When the next thing happens by itself. */
  get nextAt(): number | undefined {
    return this.clock.nextAt;
  }

  get instances(): readonly Instance[] {
    return this.fleet.instances;
  }

  /** How many operations are really in flight. */
  get operating(): number {
    return this.operations.underWay;
  }

  /** Late effects that an instance refused because a higher generation had been there. */
  get fenced(): number {
    return this.operations.fenced;
  }

  /** Whether nothing is under way that would still be told. */
  get quiet(): boolean {
    const { open } = this;
    const asked = open.membership + open.sweep + open.draw + this.outside.underWay;
    return this.operating === 0 && asked === 0;
  }

  /** Time passes, and nothing happens in the world until then. */
  passTo(at: number): void {
    this.clock.now = at;
  }

  /** Somebody comes to look. */
  askPerson(at: number): void {
    this.clock.plan(at, { kind: 'person' });
  }

  /** Carries a command out. */
  obey(command: RolloutCommand): void {
    const { scenario, operations, clock, open } = this;
    switch (command.kind) {
      case 'measure':
        this.outside.measure(command.number);
        return;
      case 'act':
        this.outside.begin(command);
        return;
      case 'guard':
        return;
      case 'change':
        for (const one of command.ordinals)
          operations.begin(one, 'change', GENERATION, `change/${one}/${command.round}`);
        return;
      case 'restore':
        for (const one of command.ordinals) {
          operations.begin(one, 'restore', command.generation, `restore/${one}/${command.generation}`);
        }
        return;
      case 'cancel_in_flight':
        operations.cancel();
        this.outside.cancel();
        return;
      case 'read_membership':
        open.membership++;
        clock.planIn(scenario.readMs, { kind: 'membership' });
        return;
      case 'sweep':
        open.sweep++;
        clock.planIn(scenario.sweepMs, { kind: 'swept' });
        return;
      case 'draw_generation':
        open.draw++;
        clock.planIn(scenario.drawMs, { kind: 'drawn' });
        return;
      case 'patrol':
        this.patrol.turn(command.on);
        return;
      case 'log':
      case 'finish':
        return;
    }
  }

  /** It continues as new: the activities of the old run have ended. */
  renew(): void {
    this.patrol.renew();
  }

  /** Lets the next thing happen. */
  step(): Told {
    const next = this.clock.next();
    return next ? this.happen(next) : NOTHING;
  }

  /** After the end: what is still on its way arrives, late writes of lost workers above all. */
  settleDown(): void {
    while (this.nextAt !== undefined) this.step();
  }

  private happen(what: Happening): Told {
    const { operations, patrol, open } = this;
    switch (what.kind) {
      case 'end':
        return operations.end(what.ordinal, what.operation);
      case 'slice':
        return operations.slice(what.of);
      case 'repeat':
        return operations.repeat(what.outcome);
      case 'zombie':
        return operations.zombie(what.ordinal, what.generation);
      case 'degrade':
        return this.degrade(what.ordinal);
      case 'look':
        return patrol.look(what.run);
      case 'membership':
        open.membership--;
        return this.fleet.read();
      case 'swept':
        open.sweep--;
        this.sweptAt = this.now;
        return told({ kind: 'swept', degraded: patrol.findings(true) });
      case 'drawn':
        open.draw--;
        this.drawn = Math.max(this.drawn ?? 0, GENERATION) + 7;
        return told({ kind: 'generation_drawn', generation: this.drawn });
      case 'acted':
        return this.outside.end(what.number);
      case 'measured': {
        const verdict = { kind: what.verdict, text: `it was a ${what.verdict}` };
        return told({ kind: 'measured', number: what.number, verdict });
      }
      case 'person':
        return { kind: 'person' };
    }
  }

  private degrade(ordinal: number): Told {
    const instance = this.instances[ordinal];
    if (!instance || instance.runs !== 'new' || !instance.healthy || !instance.watched) return NOTHING;
    instance.healthy = false;
    instance.degradedAt = this.now;
    this.patrol.planLook();
    return NOTHING;
  }
}
