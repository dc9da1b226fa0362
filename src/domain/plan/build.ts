import type { PlannedFreeze } from '../calendar/planned-freeze';
import { freezeText, frozenText, type Freeze } from '../freeze';
import { healthWord, type Member, type Probe } from '../instance';
import { SIMULATED } from '../simulated';
import type { DeploymentSpec } from '../spec';
import { changesOf } from './changes';
import { closedNotes } from './closed-notes';
import { commandOf } from './command';
import type { Disposition, Recorded } from './current';
import { estimateOf, type KnownDuration } from './estimate';
import { healthText } from './health';
import { judge, nameOf, unhealthyFirst, type Judged } from './judged';
import { limitsOf, onFailureText } from './limits';
import { notesOf, partNotes } from './notes';
import { PLAN_FORMAT, type Plan, type PlannedBehind, type PlannedMember } from './plan';
import { refusal } from './refusal';
import { allSteps } from './group-steps';
import { releaseDocument } from '../status';

/** Everything that a plan is made of. */
export interface PlanInput {
  spec: DeploymentSpec;
  /** As `orderMembers` returns them. */
  members: Member[];
  /** One look at each, by name. Where it is absent, what is recorded or listed counts. */
  probes?: ReadonlyMap<string, Probe>;
  recorded?: ReadonlyMap<string, Recorded>;
  /** As `excludedNames` returns them. */
  excluded?: string[];
  /** What earlier changes of this service took. */
  known?: KnownDuration;
  /** What of the service is in flight. */
  inFlight?: PlannedBehind;
  /** Those in force that bind the service; absent where nobody could tell. */
  freezes?: readonly Freeze[];
  /** What was found out beside the instances; absent: nobody looked. */
  foreseen?: Foreseen;
  /** When it may begin, as of a moment (ms since the epoch); absent: at any time. */
  calendar?: { freezes: readonly PlannedFreeze[]; now: number };
  /** It is to go on where it is frozen, and outside its windows. */
  isFreezeOverridden?: boolean;
}

/** What was found out of metrics, routers and flags before a deployment. */
export interface Foreseen {
  /** Why it can't begin, in words. */
  refusals: string[];
  /** What only whoever carries it out can tell, and looks wrong from here. */
  notes: string[];
  /** Names of those that serve all requests while the others are changed: nobody touches them. */
  serving: string[];
}

/** What a deployment would do with these members as they are now. */
export function buildPlan(input: PlanInput): Plan {
  const {
    spec,
    members,
    probes,
    recorded,
    excluded = [],
    known,
    inFlight,
    freezes = [],
    calendar,
    foreseen = { refusals: [], notes: [], serving: [] },
    isFreezeOverridden = false,
  } = input;
  const serving = new Set(foreseen.serving);
  const judged = members.map((member): Judged => {
    const one = judge(spec, member, probes?.get(member.name), recorded?.get(member.name));
    return serving.has(member.name) ? { ...one, disposition: 'excluded' } : one;
  });
  const those = (disposition: Disposition) => judged.filter((each) => each.disposition === disposition);
  const included = judged.filter(({ disposition }) => disposition !== 'excluded');
  const targeted = included.length;
  // One that can't be reached would be changed, were it there: the plan shows what will run then.
  const changing = unhealthyFirst([...those('change'), ...those('refused')]);
  const unreachable = judged.filter(
    ({ member, current }) => current.unreachable !== undefined && !serving.has(member.name),
  );
  const unchanged = those('unchanged');
  const steps = allSteps(spec, changing, included);
  const limits = limitsOf(spec, targeted);
  const estimate = estimateOf(spec, steps, known);
  const frozen = isFreezeOverridden || freezes.length === 0 ? undefined : frozenText(spec, freezes);
  const refused = [frozen, ...foreseen.refusals, refusal(spec, judged)]
    .filter((each) => each !== undefined)
    .join('; and ');
  return {
    format: PLAN_FORMAT,
    service: spec.service,
    environment: spec.environment,
    ...(spec.driver.kind === 'simulated' ? { simulated: SIMULATED } : {}),
    release: releaseDocument(spec.release),
    strategy: spec.strategy.kind,
    driver: spec.driver.kind,
    ...(spec.driver.kind !== 'command' && spec.driver.kind !== 'ssh'
      ? {}
      : { command: commandOf(spec.driver, members), health: healthText(spec.driver) }),
    fleet: {
      ...(spec.fleet.kind === 'file'
        ? { file: spec.fleet.path }
        : spec.fleet.kind === 'none'
          ? {}
          : { labels: spec.fleet.labels }),
      targeted,
      to_change: changing.length,
      unchanged: unchanged.length,
      unreachable: unreachable.length,
      excluded: excluded.length + serving.size,
    },
    ...(inFlight === undefined ? {} : { in_flight: inFlight }),
    ...(refused === '' ? {} : { refused }),
    changes: changesOf(spec, changing),
    steps,
    unchanged: unchanged.map(nameOf),
    unreachable: unreachable.map(({ member, current, disposition }) => ({
      instance_id: member.name,
      reason: current.unreachable ?? '',
      becomes: disposition === 'refused' ? 'refused' : disposition === 'excluded' ? 'left out' : 'tried',
    })),
    excluded: [...excluded, ...foreseen.serving],
    limits,
    on_failure: onFailureText(spec),
    estimate,
    notes: [
      ...(isFreezeOverridden ? freezes.map((each) => `overridden: ${freezeText(each)}`) : []),
      ...(calendar === undefined ? [] : closedNotes(spec, calendar, isFreezeOverridden)),
      ...foreseen.notes,
      ...partNotes(spec, members.length, excluded),
      ...notesOf(
        spec,
        steps.filter(({ kind }) => kind === 'update').length,
        // Neither baking nor being measured counts.
        estimateOf(
          spec,
          steps.filter(({ kind }) => kind !== 'bake' && kind !== 'analyze'),
        ).at_least_ms,
        changing,
      ),
    ],
    members: judged.map(memberDocument),
  };
}

function memberDocument({ member, current }: Judged): PlannedMember {
  const { artifact } = current.versions ?? {};
  return {
    instance_id: member.name,
    code_version: current.versions?.codeVersion ?? null,
    configuration_version: current.versions?.configurationVersion ?? null,
    ...(artifact === undefined ? {} : { artifact }),
    health: healthWord(current.health),
    reachable: current.unreachable === undefined,
  };
}
