import { shortDigest } from './artifact';
import { durationText } from './duration';
import { HEALTH, healthWord, sameVersions, type Health, type Versions } from './instance';

/** What an instance is to run, and the fencing token of whoever says so. */
export interface Desired {
  versions: Versions;
  /** An agent obeys only the highest that it has seen. */
  generation: number;
  /** Grows when the same is to be tried again. */
  attempt: number;
  /** It is the way back to what the instance itself ran: one to which nothing was done since needn't be touched. */
  restore?: true;
}

/** What is known of an instance that reports by itself, at one moment. Times are in milliseconds. */
export interface AgentReport {
  name: string;
  /** UNKNOWN when its heartbeats have stopped. */
  health: Health;
  versions?: Versions;
  /** The highest generation that it obeyed; 0: none. */
  generation: number;
  /** The attempt of that generation that it made last; absent: it doesn't tell. */
  attempt?: number;
  /** Why it isn't healthy, in its own words. */
  reason?: string;
  /** Its heartbeats have stopped. */
  silent: boolean;
  /** It was taken out of the inventory. */
  deleted: boolean;
  /** A person keeps it out of fleets: it is told nothing. */
  excluded?: boolean;
  /** How often it was healthy on what it runs, and then was not, since its desired state was set. */
  flaps: number;
  /** Since what it is to run was set. */
  desiredForMs: number;
  /** Since when it has reported these versions and this generation. */
  versionsForMs: number;
  /** Since when it has reported this health with them, without a gap. */
  healthForMs: number;
  /** Since its last heartbeat. */
  seenMsAgo: number;
  /** The last stretch of time in which somebody listened to heartbeats without a break. Absent: nobody ever said so. */
  listened?: { sinceMsAgo: number; untilMsAgo: number };
  desired?: Desired;
}

/** What is waited for at an instance that was told what to run. */
export interface AgentGoal {
  versions: Versions;
  /** No worse than this; UNKNOWN: in any condition. */
  health: Health;
  /** The fencing token that it was told, and the attempt. */
  generation: number;
  attempt: number;
  minHealthyMs: number;
  /** How long it may take to report the versions, and from then on to be good for long enough. */
  changeMs: number;
  healthMs: number;
}

export type AgentVerdict =
  | { kind: 'waiting' }
  /** `unbegun`: by an earlier attempt; the one that it was told of is not needed any more. */
  | { kind: 'good'; unbegun?: true }
  | { kind: 'bad'; reason: string }
  /** Taken out of the inventory, or of fleets. */
  | { kind: 'left'; reason: string };

const WAITING: AgentVerdict = { kind: 'waiting' };

/** Whether an instance has become what it was told to be, will not, or may still. Absent: it never registered. */
export function judgeAgent(report: AgentReport | undefined, goal: AgentGoal): AgentVerdict {
  if (report === undefined) return bad('it is not in the inventory');
  if (report.deleted) return { kind: 'left', reason: 'it is not in the inventory any more' };
  if (report.excluded === true) return { kind: 'left', reason: 'it was excluded by a person' };
  if (report.generation > goal.generation) {
    return bad(`it obeys generation ${report.generation}, which is newer than ${goal.generation}`);
  }
  const arrived = report.generation === goal.generation && sameVersions(report.versions, goal.versions);
  if (arrived && goal.health === HEALTH.UNKNOWN) return good(report, goal);
  if (report.silent) return bad(`its heartbeats stopped ${durationText(rounded(report.seenMsAgo))} ago`);
  if (report.health === HEALTH.FAILED && isAnswer(report, goal) && !isEnough(report, goal)) {
    return bad(`it reports that it failed${because(report)}${arrived ? '' : `; it runs ${runs(report)}`}`);
  }
  return arrived ? judgeHealth(report, goal) : judgeWay(report, goal);
}

/** What it said of an earlier attempt, or before it was told, is no answer. */
function isAnswer({ generation, attempt, healthForMs, desiredForMs }: AgentReport, goal: AgentGoal): boolean {
  if (generation !== goal.generation) return false;
  return attempt === undefined ? healthForMs <= desiredForMs : attempt >= goal.attempt;
}

function good({ attempt }: AgentReport, goal: AgentGoal): AgentVerdict {
  return attempt !== undefined && attempt < goal.attempt ? { kind: 'good', unbegun: true } : { kind: 'good' };
}

function judgeHealth(report: AgentReport, goal: AgentGoal): AgentVerdict {
  const saysSo = isEnough(report, goal);
  if (saysSo && coveredMs(report) >= goal.minHealthyMs) return good(report, goal);
  const since = heardMs(report, Math.min(report.versionsForMs, report.desiredForMs));
  if (since <= goal.healthMs) return WAITING;
  const began = Math.max(0, since - heardMs(report, report.healthForMs));
  // It was well in time, and only its next heartbeat can say for how long; if none comes, it is silent.
  if (saysSo && began + goal.minHealthyMs <= goal.healthMs) return WAITING;
  const within = durationText(goal.healthMs);
  if (report.flaps > 0) {
    const times = report.flaps === 1 ? 'once' : `${report.flaps} times`;
    return bad(`it was healthy and then not ${times} within ${within}${because(report)}`);
  }
  if (saysSo) return bad(`was healthy for less than ${durationText(goal.minHealthyMs)} when ${within} were over`);
  return bad(`it is ${healthWord(report.health)} ${within} after it reported the versions${because(report)}`);
}

/** How long it has been as it is since it was told, from one heartbeat to another: after the last one nobody knows. */
function coveredMs({ healthForMs, versionsForMs, desiredForMs, seenMsAgo }: AgentReport): number {
  return Math.max(0, Math.min(healthForMs, versionsForMs, desiredForMs) - seenMsAgo);
}

/** Of a time until now, that in which it could have been heard. */
function heardMs({ listened }: AgentReport, ms: number): number {
  if (listened === undefined) return ms;
  return Math.max(0, Math.min(ms, listened.sinceMsAgo) - listened.untilMsAgo);
}

function judgeWay(report: AgentReport, goal: AgentGoal): AgentVerdict {
  if (heardMs(report, report.desiredForMs) <= goal.changeMs) return WAITING;
  const after = durationText(goal.changeMs);
  const how = report.generation === goal.generation ? `${healthWord(report.health)}, and` : 'and never obeyed: it';
  return bad(`after ${after} it is ${how} still reports ${runs(report)}, wanted ${wanted(report, goal)}`);
}

function isEnough(report: AgentReport, goal: AgentGoal): boolean {
  if (goal.health === HEALTH.UNKNOWN) return true;
  return report.health !== HEALTH.UNKNOWN && report.health <= goal.health;
}

function runs({ versions }: AgentReport): string {
  if (versions === undefined) return 'no version';
  const { codeVersion, configurationVersion, artifact } = versions;
  return `${codeVersion} / ${configurationVersion}${artifact === undefined ? '' : ` out of ${shortDigest(artifact)}`}`;
}

/** The code's version, or, where that is right, the artifact that isn't. */
function wanted({ versions: told }: AgentReport, { versions }: AgentGoal): string {
  const { artifact, ...plain } = versions;
  return artifact !== undefined && sameVersions(told, plain) ? shortDigest(artifact) : versions.codeVersion;
}

function because({ reason }: AgentReport): string {
  return reason === undefined ? '' : `: ${reason}`;
}

/** To whole seconds, at least one: a person reads it. */
function rounded(ms: number): number {
  return Math.max(1, Math.round(ms / 1000)) * 1000;
}

function bad(reason: string): AgentVerdict {
  return { kind: 'bad', reason };
}
