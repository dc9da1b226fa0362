import fc from 'fast-check';
import { MESSAGE_KINDS, TERMINAL_STATUSES } from '../../src/domain';
import { scenario } from './arbitraries';
import { delivered } from './delivery-arbitraries';
import { briefScenario } from './brief';
import type { Scenario } from './scenario';
import { must } from './violation';
import { ENGINE as engine } from './engine';
import { simulate, type Outcome } from './simulate';

const RUNS = Number(process.env['SIMULATION_RUNS'] ?? 20_000);
/** Other worlds in each run, but for CI: what fails there is to fail because of what was changed. */
const SEED = Number(process.env['SIMULATION_SEED'] ?? (process.env['CI'] ? 20_240_601 : Date.now() % 2 ** 31));
const PATH = process.env['SIMULATION_PATH'];

const CAUSES = ['analysis', 'traffic', 'hook', 'flags'];
const KINDS = [...TERMINAL_STATUSES.map((one) => `ended ${one}`), ...MESSAGE_KINDS.map((one) => `accepted ${one}`)];

describe.each([
  ['rolling', scenario, KINDS],
  ['delivered', delivered, [...KINDS, ...CAUSES.map((one) => `stopped by ${one}`)]],
] as const)('rollouts in random worlds, %s', (which, worlds, kinds) => {
  it(
    'keep every invariant',
    () => {
      const tally = new Map<string, number>();
      const began = performance.now();
      const details = fc.check(
        fc.property(worlds, (one) => note(twice(one), tally)),
        { numRuns: RUNS / 2, seed: SEED, ...(PATH !== undefined && { path: PATH }) },
      );
      const seconds = (performance.now() - began) / 1000;
      const failure = details.failed ? failureText(which, details.counterexample?.[0], details) : '';
      const spread = [...tally].sort().map(([what, times]) => `${what} ${times}`);
      console.log(
        `${details.numRuns} rollouts in ${seconds.toFixed(1)} s (${Math.round(details.numRuns / seconds)} a second), ` +
          `seed ${SEED}\n${spread.join(' · ')}`,
      );
      if (failure) throw new Error(failure);
      // A simulator whose worlds are too tame would find nothing, too.
      if (details.numRuns >= 2_000) expect(kinds.filter((kind) => !tally.has(kind))).toEqual([]);
    },
    60 * 60_000,
  );
});

/** Now and then the same again: equal worlds must see equal decisions. */
function twice(one: Scenario): Outcome {
  if (one.members.length % 16 !== 3) return simulate(one, engine);
  const log: string[] = [];
  const again: string[] = [];
  const outcome = simulate(one, engine, log);
  simulate(one, engine, again);
  must(log.join() === again.join(), 'the engine decides otherwise in the same world');
  return outcome;
}

function note(outcome: Outcome, tally: Map<string, number>): void {
  const add = (what: string, times = 1) => tally.set(what, (tally.get(what) ?? 0) + times);
  add(`ended ${outcome.status}`);
  add('events', outcome.events);
  for (const cause of outcome.causes) add(`stopped by ${cause}`);
  add('continued as new', outcome.renewals);
  add('late writes fenced', outcome.fenced);
  for (const message of outcome.messages) add(`accepted ${message}`);
}

function failureText(which: string, found: Scenario | undefined, details: fc.RunDetails<[Scenario]>): string {
  if (!found) return 'a rollout failed without a counterexample';
  const log: string[] = [];
  let why = 'it did not fail again';
  try {
    simulate(found, engine, log);
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  return [
    `A rollout broke a rule: ${why}`,
    `Replay: SIMULATION_SEED=${details.seed} SIMULATION_PATH=${details.counterexamplePath} npx jest test/simulation/rollout -t ${which}`,
    briefScenario(found),
    'What happened (virtual ms, event → commands):',
    ...log,
  ].join('\n');
}
