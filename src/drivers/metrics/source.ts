import type { GroupsSpec, Versions } from '../../domain';
import type { Quantity, Reading } from '../../domain/analysis';
import type { TemplateValues } from '../../domain/analysis/template';
import { durationText } from '../../domain/duration';

/** Whose instances are asked about: those on the release, or those on what ran before. */
export type Group = 'release' | 'before';

/** A group of a fleet whose groups go one after another. */
export interface FleetGroup {
  name: string;
  /** What tells whose group an instance is of. */
  groups: GroupsSpec;
}

/** What is to be measured of which instances of a service, in which stretch of time. */
export interface Question {
  quantity: Quantity;
  service: string;
  environment: string;
  group: Group;
  /** What that group runs. */
  versions: Versions;
  /** The group of the fleet whose members alone are asked about; absent: all of it. */
  fleetGroup?: FleetGroup;
  from: Date;
  until: Date;
}

/** Something that knows how a service does. */
export interface MetricsSource {
  /** What was measured. That nobody could be asked is an answer, too: it is nobody's fault in the release. */
  read(question: Question, signal: AbortSignal): Promise<Reading>;
  /** Why such a question can't be answered, found out before anything is touched; undefined: it can, or nobody knows. */
  refusal(question: Question, signal: AbortSignal): Promise<string | undefined>;
}

/** What a template of a source says of a question. */
export function valuesOf(question: Question): TemplateValues {
  const { service, environment, versions, group, fleetGroup, from, until } = question;
  // Prometheus takes no parts of a second.
  const seconds = Math.max(1, Math.round((until.getTime() - from.getTime()) / 1000));
  return {
    service,
    environment,
    version: versions.codeVersion,
    configuration_version: versions.configurationVersion,
    group,
    fleet_group: fleetGroup?.name ?? '',
    window: durationText(seconds * 1000),
  };
}
