import { durationText } from '../duration';
import { freezeText, frozenText, type Freeze } from '../freeze';
import { HEALTH, healthWord, type Member, type Probe } from '../instance';
import { labelVariable } from '../label-variable';
import type { CommandDriverSpec, DeploymentSpec, HealthCheck } from '../spec';
import { currentOf, dispositionOf, goesFirst, type Current, type Disposition, type Recorded } from './current';
import { estimateOf, type KnownDuration } from './estimate';
import { limitsOf, onFailureText } from './limits';
import {
  PLAN_FORMAT,
  type Plan,
  type PlannedBehind,
  type PlannedChange,
  type PlannedCommand,
  type PlannedMember,
} from './plan';
import { stepsOf } from './steps';
import { counted, nameList, releaseDocument, releaseText } from './words';

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
  /** It is to go on where it is frozen. */
  isFreezeOverridden?: boolean;
}

interface Judged {
  member: Member;
  current: Current;
  disposition: Disposition;
}

const SIMULATED = 'SIMULATED: NOTHING WILL BE CHANGED';

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
    isFreezeOverridden = false,
  } = input;
  const judged = members.map((member): Judged => {
    const current = currentFor(spec, member, probes?.get(member.name), recorded?.get(member.name));
    return { member, current, disposition: dispositionOf(spec, current) };
  });
  const those = (disposition: Disposition) => judged.filter((each) => each.disposition === disposition);
  const targeted = judged.length - those('excluded').length;
  // One that can't be reached would be changed, were it there: the plan shows what will run then.
  const changing = unhealthyFirst([...those('change'), ...those('refused')]);
  const unreachable = judged.filter(({ current }) => current.unreachable !== undefined);
  const unchanged = those('unchanged');
  const steps = stepsOf(spec, changing.map(nameOf), targeted);
  const limits = limitsOf(spec, targeted);
  const estimate = estimateOf(spec, steps, known);
  const frozen = isFreezeOverridden || freezes.length === 0 ? undefined : frozenText(spec, freezes);
  const refused = [frozen, refusal(judged)].filter((each) => each !== undefined).join('; and ');
  return {
    format: PLAN_FORMAT,
    service: spec.service,
    environment: spec.environment,
    ...(spec.driver.kind === 'simulated' ? { simulated: SIMULATED } : {}),
    release: releaseDocument(spec.release),
    strategy: spec.strategy.kind,
    driver: spec.driver.kind,
    ...(spec.driver.kind === 'command'
      ? { command: commandOf(spec.driver, members), health: healthText(spec.driver.health) }
      : {}),
    fleet: {
      file: spec.fleet.path,
      targeted,
      to_change: changing.length,
      unchanged: unchanged.length,
      unreachable: unreachable.length,
      excluded: excluded.length,
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
    excluded,
    limits,
    on_failure: onFailureText(spec),
    estimate,
    notes: [
      ...(isFreezeOverridden ? freezes.map((each) => `overridden: ${freezeText(each)}`) : []),
      ...notesOf(
        spec,
        steps.filter(({ kind }) => kind === 'update').length,
        estimateOf(spec, steps).at_least_ms,
        changing,
      ),
    ],
    members: judged.map(memberDocument),
  };
}

/** Without a look at it, a simulated instance is healthy unless its file says otherwise. */
function currentFor(
  spec: DeploymentSpec,
  member: Member,
  probe: Probe | undefined,
  recorded: Recorded | undefined,
): Current {
  const assumed = spec.driver.kind === 'simulated' ? HEALTH.HEALTHY : HEALTH.UNKNOWN;
  return currentOf({ ...member, health: member.health ?? assumed }, probe, recorded);
}

function unhealthyFirst(judged: Judged[]): Judged[] {
  const ordered = [...judged].sort((a, b) => a.member.ordinal - b.member.ordinal);
  return [
    ...ordered.filter(({ current }) => goesFirst(current)),
    ...ordered.filter(({ current }) => !goesFirst(current)),
  ];
}

function nameOf({ member }: Judged): string {
  return member.name;
}

function refusal(judged: Judged[]): string | undefined {
  const refused = judged.filter(({ disposition }) => disposition === 'refused');
  if (refused.length > 0) {
    const who = `${refused.length} of ${counted(judged.length, 'instance')} can't be reached (${nameList(refused.map(nameOf))})`;
    return `${who}; bring them back, or say \`unreachable: exclude\` or \`unreachable: include\``;
  }
  const nobody = judged.every(({ disposition }) => disposition === 'excluded');
  return nobody ? 'none of its instances can be reached; bring them back' : undefined;
}

function changesOf(spec: DeploymentSpec, changing: Judged[]): PlannedChange[] {
  const groups = new Map<string, PlannedChange>();
  for (const { member, current } of changing) {
    const from = current.versions === undefined ? null : releaseDocument(current.versions);
    const key = JSON.stringify(from);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { from, to: releaseDocument(spec.release), instances: [member.name] });
    else group.instances.push(member.name);
  }
  return [...groups.values()].sort((a, b) => b.instances.length - a.instances.length);
}

const SET_BY_BELAY = [
  'INSTANCE_ID',
  'INSTANCE_ADDRESS',
  'CODE_VERSION',
  'CONFIGURATION_VERSION',
  'PREVIOUS_CODE_VERSION',
  'PREVIOUS_CONFIGURATION_VERSION',
  'GENERATION',
  'ATTEMPT',
];

function commandOf(driver: CommandDriverSpec, members: Member[]): PlannedCommand {
  const labels = new Set(members.flatMap(({ labels: of }) => Object.keys(of)));
  const variables = [...labels].map(labelVariable).sort();
  const environment = [...new Set([...SET_BY_BELAY, ...variables, ...Object.keys(driver.env)])];
  return { argv: driver.update, directory: driver.directory, environment };
}

function healthText(check: HealthCheck): string {
  const fields = [check.codeVersion, check.configurationVersion].filter((field) => field !== undefined);
  const versions = fields.length === 0 ? '; it tells no versions' : `; versions from ${fields.join(' and ')}`;
  const within = `within ${durationText(check.timeoutMs)}`;
  if (check.kind === 'command') return `${commandText(check.run)} ends with 0 ${within}${versions}`;
  return `GET ${check.path} answers ${check.expectStatus} ${within}${versions}`;
}

/** Words of a command line; those with spaces or quotes in quotes. */
export function commandText(argv: readonly string[]): string {
  return argv.map((word) => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
}

function notesOf(spec: DeploymentSpec, batches: number, leastMs: number, changing: Judged[]): string[] {
  const notes: string[] = [];
  const never = spec.approvals.filter(({ beforeBatch }) => beforeBatch > batches);
  for (const { beforeBatch } of never) {
    notes.push(
      `nobody is asked before batch ${beforeBatch}: there ${batches === 1 ? 'is 1 batch' : `are ${batches} batches`}`,
    );
  }
  const { deploymentMs } = spec.timeouts;
  // Baking doesn't count.
  const countedMs = leastMs - spec.strategy.bakeMs;
  if (deploymentMs !== undefined && countedMs > deploymentMs) {
    notes.push(
      `it can't end within timeouts.deployment, ${durationText(deploymentMs)}: it needs ${durationText(countedMs)} at least`,
    );
  }
  const unhealthy = changing.filter(({ current }) => goesFirst(current) && current.unreachable === undefined);
  if (unhealthy.length > 0) {
    notes.push(
      `not healthy now, so they go first: ${nameList(unhealthy.map(({ member, current }) => `${member.name} (${healthWord(current.health)})`))}`,
    );
  }
  const fresh = changing.filter(({ current }) => current.versions === undefined);
  if (fresh.length > 0) {
    notes.push(
      `what ${fresh.length === 1 ? 'this one runs' : 'these run'} is not known, so a rollback can't bring it back: ${nameList(fresh.map(nameOf))}`,
    );
  }
  if (spec.force)
    notes.push(`forced: instances that run ${releaseText(releaseDocument(spec.release))} already are changed as well`);
  return notes;
}

function memberDocument({ member, current }: Judged): PlannedMember {
  return {
    instance_id: member.name,
    code_version: current.versions?.codeVersion ?? null,
    configuration_version: current.versions?.configurationVersion ?? null,
    health: healthWord(current.health),
    reachable: current.unreachable === undefined,
  };
}
