import { groupPlace } from '../groups';
import { InputError, type Problem } from '../errors';
import type { Instance, Member } from '../instance';
import { suggestion } from '../names';
import type { DeploymentSpec, Order, Selection } from '../spec';

/** The parts of a spec that say which instances are targeted, and in which order. */
type Choice = Pick<DeploymentSpec, 'fleet' | 'selection' | 'order' | 'groups'>;

/**
 * The targeted instances in the order in which they are to be changed: `first` as it names them,
 * then by the spec's order. Health, which isn't known yet, comes before both once it is.
 * Throws an InputError for names that the fleet doesn't have, and when nothing is left. None where there is no fleet.
 */
export function orderMembers(spec: Choice, instances: Instance[]): Member[] {
  if (spec.fleet.kind === 'none') return [];
  const problems = selectionProblems(spec.selection, instances);
  if (problems.length > 0) throw new InputError(problems);
  const { only, first } = spec.selection;
  const left = new Set(excludedNames(spec, instances));
  const targeted = sorted(
    instances.filter(({ name }) => !left.has(name)),
    spec.order,
  );
  if (targeted.length === 0) throw new InputError(nothingLeft(instances.length, only.length));
  const places = new Map(first.map((name, place) => [name, place]));
  const place = ({ name }: Instance) => places.get(name) ?? places.size;
  const group = (instance: Instance) => (spec.groups === undefined ? 0 : groupPlace(spec.groups, instance));
  return targeted
    .sort((a, b) => group(a) - group(b) || place(a) - place(b))
    .map((instance, ordinal) => ({ ...instance, ordinal }));
}

/** The fleet's instances that the selection leaves out, as listed. */
export function excludedNames({ selection }: Pick<DeploymentSpec, 'selection'>, instances: Instance[]): string[] {
  const only = new Set(selection.only);
  const exclude = new Set(selection.exclude);
  const names = instances.map(({ name }) => name);
  return names.filter((name) => exclude.has(name) || (only.size > 0 && !only.has(name)));
}

/** A problem of a selection, with the entry that has it. */
export interface SelectionProblem extends Problem {
  part: keyof Selection;
  index: number;
}

/** Every name in a selection that the fleet doesn't have, and every `first` that isn't targeted. */
export function selectionProblems(selection: Selection, instances: Instance[]): SelectionProblem[] {
  const names = new Set(instances.map(({ name }) => name));
  const left = new Set(excludedNames({ selection }, instances));
  const parts = ['only', 'exclude', 'first'] as const;
  return parts.flatMap((part) =>
    selection[part].flatMap((name, index) => {
      const message = problemOf(part, name, names, left);
      return message === undefined ? [] : [{ part, index, message }];
    }),
  );
}

function problemOf(part: keyof Selection, name: string, names: Set<string>, left: Set<string>): string | undefined {
  if (!names.has(name)) {
    const meant =
      suggestion(name, names) || `it has ${[...names].slice(0, 5).join(', ')}${names.size > 5 ? ', …' : ''}`;
    return `${part} names ${JSON.stringify(name)}, which the fleet doesn't have; ${meant}`;
  }
  if (part === 'first' && left.has(name)) {
    return `first names ${name}, which only or exclude leaves out; take it out of one of them`;
  }
  return undefined;
}

function nothingLeft(listed: number, only: number): string {
  if (listed === 0) return 'the fleet lists no instances; list at least one';
  const named = only > 0 ? 'only and exclude leave' : 'exclude leaves';
  return `${named} none of the fleet's ${listed} ${listed === 1 ? 'instance' : 'instances'}; leave at least one`;
}

function sorted(instances: Instance[], order: Order): Instance[] {
  switch (order.kind) {
    case 'as_listed':
      return instances;
    case 'name':
      return instances.sort(byName);
    case 'label':
      return instances.sort((a, b) => byLabel(a, b, order.label) || byName(a, b));
  }
}

/** By code point, so that the order is the same on every machine: web-10 comes before web-2. */
function byName(a: Instance, b: Instance): number {
  return compare(a.name, b.name);
}

/** Those without the label come last. */
function byLabel(a: Instance, b: Instance, label: string): number {
  const [left, right] = [a.labels[label], b.labels[label]];
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return compare(left, right);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
