import {
  evaluate,
  problemsOf,
  type Context,
  type Evaluation,
  type Flag,
  type FlagChange,
  type FlagProblem,
} from '../domain/flags';
import { InputError } from '../domain/errors';
import { nearest } from '../domain/names';
import type { FlagAnswer, FlagName, FlagRow, FlagStore } from '../store/flag-types';
import type { Asker, EventRow } from './control';
import { NotFound, Refused } from './errors';
export type { FlagName, FlagRow } from '../store/flag-types';

/** A flag that somebody changed before whoever asks had seen it. */
export class Stale extends Refused {
  override readonly name = 'Stale';
}

/** A change that would replace what nobody says to have seen. */
export class Unversioned extends Refused {
  override readonly name = 'Unversioned';
}

/** A flag as it is after a change; `unchanged`: it was so before. */
export interface Changed {
  flag: FlagRow;
  unchanged: boolean;
}

/** What somebody gets of a flag now. */
export interface Told extends FlagName {
  version: number;
  evaluation: Evaluation;
}

/** What people and programs do with feature flags. */
export interface Flags {
  list(filter: { environments?: string[]; key?: string }): Promise<FlagRow[]>;
  /** One with what happened to it, the newest first. */
  show(name: FlagName): Promise<{ flag: FlagRow; events: EventRow[] }>;
  create(flag: Flag, asker: Asker): Promise<FlagRow>;
  /** What isn't named stays. Stale where `version` is given and it is of another. */
  change(name: FlagName, change: FlagChange, asker: Asker & { version?: number }): Promise<Changed>;
  remove(name: FlagName, asker: Asker & { version?: number }): Promise<void>;
  evaluate(name: FlagName, context: Context): Promise<Told>;
}

const SHOWN = 20;
/** What a change replaces as a whole: whoever hasn't seen what is there would undo somebody's change. */
const WHOLE = ['users', 'rules', 'variants'] as const;

/** Flags in a store of this very process. */
export function createFlags(store: FlagStore): Flags {
  const missing = async ({ environment, key }: FlagName): Promise<never> => {
    const rows = await store.flags({});
    const there = rows.filter((each) => each.environment === environment).map((each) => each.key);
    const elsewhere = rows.filter((each) => each.key === key).map((each) => each.environment);
    const meant = nearest(key, there);
    const hint =
      elsewhere.length > 0
        ? `there is one in ${elsewhere.join(', ')}`
        : meant === undefined
          ? '`belay flags list` lists those that there are'
          : `did you mean ${meant}?`;
    throw new NotFound(`there is no flag ${key} in ${environment}`, [hint]);
  };
  const settled = async (name: FlagName, answer: FlagAnswer): Promise<Changed> => {
    switch (answer.kind) {
      case 'changed':
      case 'same':
        return { flag: answer.flag, unchanged: answer.kind === 'same' };
      case 'none':
        return missing(name);
      case 'stale':
        throw stale(answer.flag);
      case 'wrong':
        throw new InputError(problemsOf(answer.flag).map((each) => ({ message: flagProblemText(each) })));
    }
  };
  return {
    list: (filter) => store.flags(filter),
    async show(name) {
      const flag = (await store.flag(name)) ?? (await missing(name));
      return { flag, events: await store.flagEvents(name, SHOWN) };
    },
    async create(flag, { actor: by, reason }) {
      const problems = problemsOf(flag);
      if (problems.length > 0) throw new InputError(problems.map((each) => ({ message: flagProblemText(each) })));
      const made = await store.createFlag(flag, { by, ...(reason === undefined ? {} : { reason }) });
      if (made !== undefined) return made;
      throw new Refused(`there is a flag ${flag.key} in ${flag.environment} already`, [
        `\`belay flags set ${flag.key} --environment ${flag.environment} …\` changes it`,
      ]);
    },
    async change(name, change, { actor: by, ...rest }) {
      const lists = WHOLE.filter((part) => change[part] !== undefined);
      if (lists.length > 0 && rest.version === undefined) throw unversioned(lists);
      return settled(name, await store.changeFlag({ ...name, change, by, ...rest }));
    },
    async remove(name, { actor: by, ...rest }) {
      await settled(name, await store.deleteFlag({ ...name, by, ...rest }));
    },
    async evaluate(name, context) {
      const flag = (await store.flag(name)) ?? (await missing(name));
      return { ...name, version: flag.version, evaluation: evaluate(flag, context) };
    },
  };
}

/** `rules[1].variant is "blu", …`: as people write it. */
export function flagProblemText({ path, message }: FlagProblem): string {
  const at = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return `${at.slice(1)} ${message}`;
}

function unversioned(lists: readonly string[]): Unversioned {
  const message = `${lists.join(' and ')} would be replaced as a whole: say which version you have seen`;
  return new Unversioned(message, [
    '`belay flags show FLAG` tells it; give it as --if-version, "version" in the file, or the header If-Match',
  ]);
}

function stale({ key, environment, version, changedBy, changedAt }: FlagRow): Stale {
  const message =
    `${key} in ${environment} is of version ${version} by now: ` +
    `${changedBy} changed it at ${changedAt.toISOString()}`;
  return new Stale(message, [`look at it again: \`belay flags show ${key} --environment ${environment}\``]);
}
