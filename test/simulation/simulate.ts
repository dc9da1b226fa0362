import type { Engine } from './engine';
import { Messages } from './messages';
import { People } from './people';
import type { Scenario } from './scenario';
import { Shell } from './shell';
import { must, Violation } from './violation';

/** What a simulated rollout came to, for statistics. */
export interface Outcome {
  status: string;
  events: number;
  virtualMs: number;
  messages: string[];
  renewals: number;
  fenced: number;
  causes: string[];
}

/** Plays a rollout to its end; throws a Violation when a rule is broken. */
export function simulate(scenario: Scenario, engine: Engine, log?: string[]): Outcome {
  return new Simulation(scenario, engine, log).run();
}

class Simulation {
  private readonly shell: Shell;
  private readonly messages: Messages;
  private readonly people: People;
  private readonly startedAt: number;
  private idleTicks = 0;

  constructor(
    private readonly scenario: Scenario,
    engine: Engine,
    log: string[] | undefined,
  ) {
    this.shell = new Shell(scenario, engine, log);
    this.messages = new Messages(this.shell);
    this.people = new People(scenario, this.shell, this.messages);
    this.startedAt = this.shell.world.now;
  }

  run(): Outcome {
    const { shell, scenario } = this;
    const { world } = shell;
    const { accepted } = this.messages;
    shell.feed({ kind: 'start' });
    while (!shell.finished) {
      const most = 400 + 60 * world.instances.length * (2 + accepted.length) + 40 * scenario.acts.length;
      must(shell.events <= most, `it has no end within ${most} events`);
      this.turn();
    }
    shell.afterwards();
    return {
      status: shell.shown.status,
      events: shell.events,
      virtualMs: world.now - this.startedAt,
      messages: accepted,
      renewals: shell.renewals,
      fenced: world.fenced,
      causes: shell.causes,
    };
  }

  /** One thing happens: the run is renewed, somebody acts, time passes. */
  private turn(): void {
    if (this.shell.isRenewable) return this.shell.renew();
    if (this.people.act()) return;
    this.people.call();
    this.pass();
  }

  /** Time passes until the timer fires or something happens in the world. */
  private pass(): void {
    const { shell, people, scenario } = this;
    const { world, wakeAt: wake } = shell;
    const { nextAt } = world;
    const tickAt = wake === undefined ? undefined : Math.max(world.now, wake + scenario.tickLateMs);
    if (
      tickAt !== undefined &&
      (nextAt === undefined || tickAt < nextAt || (tickAt === nextAt && scenario.lastFirst))
    ) {
      this.idleTicks = tickAt === world.now ? this.idleTicks + 1 : 0;
      must(this.idleTicks < 5, `it wants a tick at ${wake} again and again`);
      world.passTo(tickAt);
      shell.feed({ kind: 'tick' });
      return;
    }
    if (nextAt === undefined) {
      if (people.hurry()) return;
      throw new Violation(`deadlock: nothing will happen any more, and it is ${shell.shown.status}`);
    }
    const told = world.step();
    if (told.kind === 'person') people.come();
    else if (told.kind === 'event') shell.deliver(told.event, told.repeated);
  }
}
