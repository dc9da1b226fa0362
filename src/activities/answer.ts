import {
  HEALTH,
  releaseDocument,
  sameVersions,
  type Instance,
  type ReleaseDocument,
  type StatusDocument,
  type Versions,
} from '../domain';
import { MEMBER, toBase64 } from '../domain/rollout';
import { slotOf } from '../domain/strategies/slot';
import { policyOf } from '../domain/strategies/policy';
import { hasRouter } from '../domain/traffic';
import type { Request } from '../store/types';
import type { TakenSnapshot } from '../store/work-member';
import type { RoutedBegin } from './routable';
import type { Began, BeginInput } from './types';
import { instances } from './wording';

/** A document stays small, however mixed a fleet is. */
const MOST_RELEASES = 5;

/** What the answer of `begin` is made of. */
export interface Beginning {
  input: BeginInput;
  request: Request;
  generation: number;
  /** By ordinal; absent: they are all alike. */
  members?: readonly Pick<Instance, 'name' | 'labels'>[];
  /** By ordinal. */
  taken: TakenSnapshot[];
  startedAt: Date;
  /** Whether belay.yaml may have it wait. */
  waits?: boolean;
  /** How requests are told where to go. */
  routed: RoutedBegin;
  /** Whether a rollback of its own has flags to put back. */
  flagged?: boolean;
  /** The workflow's page in the Web UI. */
  webUi: string | null;
}

/** Bits of `MEMBER` by ordinal. */
export function flagsOf({ kind, spec }: Request, taken: TakenSnapshot[]): Uint8Array {
  const flags = new Uint8Array(taken.length);
  for (const { ordinal, snapshot, excluded, unreachable } of taken) {
    const unhealthy = unreachable || snapshot.health !== HEALTH.HEALTHY ? MEMBER.UNHEALTHY : 0;
    const there = !unhealthy && !spec.force && sameVersions(snapshot.versions, spec.release);
    const untouched = excluded ? MEMBER.EXCLUDED : there ? MEMBER.UNCHANGED : 0;
    flags[ordinal] = unhealthy | (kind === 'rollback' ? 0 : untouched);
  }
  return flags;
}

/** Whether a member with these flags will be touched. */
export function isTouched(flags: number): boolean {
  return (flags & (MEMBER.UNCHANGED | MEMBER.EXCLUDED)) === 0;
}

export function answerOf(beginning: Beginning): Began {
  const { request, generation, taken, routed, flagged = false } = beginning;
  const forward = request.kind !== 'rollback';
  const flags = flagsOf(request, taken);
  const serving = servingIn(beginning);
  // What users had before is what the group runs that serves them.
  const releases = releasesOf(serving.length === 0 ? taken : serving);
  const previous = releases.find(({ versions }) => versions !== undefined)?.versions;
  return {
    kind: 'began',
    generation,
    mode: forward ? 'forward' : 'rollback',
    policy: policyOf(request.spec, forward ? 'forward' : 'rollback', beginning.members, beginning.waits),
    members: toBase64(flags),
    document: { ...documentOf(beginning, flags, previous, releases), ...sidesOf(beginning, serving) },
    targetLabel: forward ? labelOf(request.spec.release, previous) : 'snapshot',
    patrolled: forward,
    ...routed,
    ...(flagged ? { shared: { ...routed.shared, flagged } } : {}),
    ...(request.spec.driver.kind === 'agent' ? { execution: 'bulk' as const } : {}),
  };
}

/** Of blue-green: what was taken of those that serve, where all of the fleet has the same routers. */
function servingIn({ request, members = [], taken, routed }: Beginning): TakenSnapshot[] {
  const { strategy } = request.spec;
  const { sides } = routed;
  if (strategy.kind !== 'blue_green' || sides === undefined) return [];
  return taken.filter(({ ordinal }) => {
    const member = members[ordinal];
    return member !== undefined && slotOf(strategy, member) === sides.before;
  });
}

function sidesOf({ request, routed: { sides } }: Beginning, serving: TakenSnapshot[]): Pick<StatusDocument, 'sides'> {
  if (request.spec.strategy.kind !== 'blue_green' || sides === undefined) return {};
  const untouched = serving.filter(({ excluded }) => excluded).length;
  return { sides: { ...sides, untouched } };
}

function documentOf(
  { input, request, generation, taken, startedAt, webUi }: Beginning,
  flags: Uint8Array,
  previous: Versions | undefined,
  releases: Running[],
): StatusDocument {
  const { spec, kind, actor, note, rollbackOf } = request;
  const runbook = spec.metadata['runbook'];
  const { driver } = spec;
  return {
    id: `${spec.environment}/${spec.service}/${generation}`,
    workflow_id: input.workflowId,
    run_id: input.runId,
    generation,
    ...(kind === 'reconcile' ? { kind } : {}),
    ...(rollbackOf === undefined ? {} : { rollback_of: rollbackOf }),
    rollback_count: kind === 'rollback' ? 1 : 0,
    service: spec.service,
    environment: spec.environment,
    status: kind === 'rollback' ? 'rolling_back' : 'running',
    strategy: spec.strategy.kind,
    driver: driver.kind,
    ...(driver.kind === 'simulated' ? { simulated: true } : {}),
    release: kind === 'rollback' ? null : releaseDocument(spec.release),
    previous_release: previous === undefined ? null : releaseDocument(previous),
    ...(releases.length < 2 ? {} : { previous_releases: releases.slice(0, MOST_RELEASES).map(runningOf) }),
    actor,
    note: note ?? null,
    metadata: spec.metadata,
    links: { web_ui: webUi, ...(runbook === undefined ? {} : { runbook }) },
    reason: null,
    step: {
      index: 1,
      of: 1,
      kind: 'update',
      summary: taken.length === 0 ? 'begins' : `begins with ${instances(taken.length)}`,
    },
    ...(hasRouter(spec.traffic) ? { router: spec.traffic.kind } : {}),
    traffic_percent: null,
    counts: countsOf(flags),
    failures: [],
    violations: [],
    started_at: startedAt.toISOString(),
    ended_at: null,
    duration_ms: 0,
  };
}

function countsOf(flags: Uint8Array): StatusDocument['counts'] {
  const none = { in_flight: 0, succeeded: 0, failed: 0, rolled_back: 0, unresolved: 0 };
  const pending = flags.filter(isTouched).length;
  const skipped = flags.filter((flag) => flag & MEMBER.EXCLUDED).length;
  return { total: flags.length, pending, unchanged: flags.length - pending - skipped, skipped, ...none };
}

/** How many members ran the same; no versions: nobody knows what. */
interface Running {
  versions?: Versions;
  count: number;
}

/** What members ran, the most common first. */
function releasesOf(taken: TakenSnapshot[]): Running[] {
  const tally = new Map<string, Running>();
  for (const { snapshot } of taken) {
    const { versions } = snapshot;
    const key = JSON.stringify([versions?.codeVersion, versions?.configurationVersion, versions?.artifact]);
    const entry = tally.get(key) ?? { ...(versions && { versions }), count: 0 };
    entry.count++;
    tally.set(key, entry);
  }
  return [...tally.values()].sort((a, b) => b.count - a.count);
}

function runningOf({ versions, count }: Running): { release: ReleaseDocument | null; instances: number } {
  return { release: versions === undefined ? null : releaseDocument(versions), instances: count };
}

/** The code's version; with the configuration's where that one alone is new. */
function labelOf({ codeVersion, configurationVersion }: Versions, previous: Versions | undefined): string {
  return previous?.codeVersion === codeVersion ? `${codeVersion} / ${configurationVersion}` : codeVersion;
}
