import type { RolloutCommand, RolloutEvent } from '../../src/domain/rollout';
import type { MemberPlan, Scenario } from './scenario';

const USUAL: MemberPlan = {
  flag: 'plain',
  firstInstall: false,
  takesMs: 0,
  failsTimes: 0,
  leaves: 'old',
  degradesAfterMs: null,
  onCancel: 'cancelled',
  cancelTakesMs: 0,
  restoreTakesMs: 0,
  restoreFails: false,
  zombieAfterMs: null,
  repeatsAfterMs: null,
};

/** A scenario without what is as usual, so that a person can read it. */
export function briefScenario({ members, policy, ...rest }: Scenario): string {
  const plans = members.map((plan) => unusual(plan, USUAL));
  const others = unusual<Omit<Scenario, 'members' | 'policy'>>(rest, {
    mode: 'forward',
    times: 1,
    joins: [],
    leaves: [],
    returns: [],
    acts: [],
    onTheWayBack: null,
    promotesAfterMs: null,
    regretsAfter: null,
    answers: ['go'],
    answerMs: 0,
    readMs: 0,
    sweepMs: 0,
    drawMs: 0,
    patrolMs: 1,
    tickLateMs: 0,
    sliceMs: 0,
    lastFirst: false,
  });
  const joins = rest.joins.map((one) => ({ ...one, plan: unusual(one.plan, USUAL) }));
  const all = { ...others, ...(joins.length > 0 && { joins }) };
  return [`policy ${JSON.stringify(policy)}`, `members ${JSON.stringify(plans)}`, `rest ${JSON.stringify(all)}`].join(
    '\n',
  );
}

function unusual<T extends object>(whole: T, usual: T): Partial<T> {
  const same = (key: string) => JSON.stringify(whole[key as keyof T]) === JSON.stringify(usual[key as keyof T]);
  return Object.fromEntries(Object.entries(whole).filter(([key]) => !same(key))) as Partial<T>;
}

/** An event or a command in a few words. */
export function brief(what: RolloutEvent | RolloutCommand): string {
  switch (what.kind) {
    case 'changed':
    case 'restored':
      return `${what.kind} ${what.outcomes.map((one) => `${one.ordinal}:${one.result}`).join(' ')}`;
    case 'swept':
    case 'degraded':
      return `${what.kind} ${what.degraded.map((one) => one.ordinal).join(' ')}`;
    case 'log':
      return `(${what.entry.type})`;
    case 'message': {
      const { kind, by: _by, reason: _reason, ...fields } = what.message;
      return `${kind}! ${text(fields)}`;
    }
    default: {
      const { kind, ...fields } = what;
      return `${kind} ${text(fields)}`.trimEnd();
    }
  }
}

function text(fields: object): string {
  return Object.keys(fields).length === 0 ? '' : JSON.stringify(fields);
}
