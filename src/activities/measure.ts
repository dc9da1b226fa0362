import type { ReleaseDocument, Versions } from '../domain';
import { judge, type AnalysisSpec, type Finding, type Measured, type Reading, type Verdict } from '../domain/analysis';
import { experimentFinding, quantitiesOf, readingOf, shownIn } from '../domain/experiment';
import { askedOf } from '../domain/strategies/asked';
import { mingledText } from '../domain/strategies/mingled';
import { whyUnmeasurable } from '../drivers/metrics/refusal';
import type { FleetGroup, Group, MetricsSource, Question } from '../drivers/metrics/source';
import type { Request } from '../store/types';
import type { TakenSnapshot } from '../store/work-member';
import type { Tools } from './dependencies';
import { Refusal } from './refusal';
import { heartbeating } from './running';
import { SEQUENCE } from './sequence';
import type { Activities, MeasureInput } from './types';

/** Asks for every check at once, judges what comes back, and keeps it; repeated, it answers with what it kept. */
export function measure(tools: Tools, input: MeasureInput): Promise<Told> {
  return heartbeating(async (signal) => {
    const { generation, number, weight } = input;
    const kept = await tools.store.measurement(generation, number);
    if (kept !== undefined) return toldBy(kept);
    const { request } = await tools.deployments.of(generation);
    const asked = askedOf(request.spec);
    if (asked === undefined) throw new Error(`the deployment ${generation} is judged by nothing`);
    const source = tools.metrics(asked.source, generation);
    const before = input.compare || input.experiment ? await ranBefore(tools, generation) : undefined;
    const asking = { input, request, source, before, signal, ...within(request, input) };
    const [judged, compared] = await Promise.all([judgement(asking), comparison(asking)]);
    const findings = [...(judged?.findings ?? []), ...(compared === undefined ? [] : [compared])];
    const [first] = findings;
    if (first === undefined) throw new Error(`the deployment ${generation} is judged by nothing`);
    const { kind, text } = judged ?? first;
    const row = { number, ...windowOf(input), kind, text, findings, ...(weight === undefined ? {} : { weight }) };
    return toldBy(await tools.store.recordMeasurement(generation, row));
  });
}

type Told = Awaited<ReturnType<Activities['measure']>>;

function toldBy({ kind, text, findings }: Verdict): Told {
  const experiment = shownIn(findings);
  return { kind, text, ...(experiment && { experiment }) };
}

/** All checks at once; undefined: there are none. */
async function judgement({ input, request, ...rest }: Asking): Promise<Verdict | undefined> {
  const { analysis } = request.spec;
  if (analysis === undefined) return undefined;
  const before = input.compare ? rest.before : undefined;
  const window = windowOf(input);
  const measured = analysis.checks.map((check) => ask({ ...rest, analysis, request, check, window, before }));
  return judge(await Promise.all(measured), analysis);
}

/** What an experiment has shown since it began; undefined: it is none. */
async function comparison({ input, request, source, before, signal }: Asking): Promise<Finding | undefined> {
  const { strategy, release } = request.spec;
  if (input.experiment === undefined || strategy.kind !== 'experiment') return undefined;
  const { since, isOver } = input.experiment;
  const window = { from: new Date(since), until: new Date(input.until) };
  const readings = async (group: Group, versions: Versions) => {
    const quantities = quantitiesOf(strategy.metric);
    const read = quantities.map((quantity) =>
      source.read(questionOf(request, quantity, { group, versions, ...window }), signal),
    );
    return readingOf(strategy.metric, await Promise.all(read));
  };
  const [ofRelease, ofBefore] = await Promise.all([
    readings('release', release),
    before === undefined ? NOBODY_KNOWS : readings('before', before),
  ]);
  return experimentFinding(ofRelease, ofBefore, strategy, isOver);
}

const NOBODY_KNOWS: Reading = { kind: 'nothing', why: 'nobody knows which versions that were' };

/** The group of the fleet that is measured; nothing: all of it is. */
function within({ spec: { groups } }: Request, { fleetGroup: name }: MeasureInput): { fleetGroup?: FleetGroup } {
  return groups === undefined || name === undefined ? {} : { fleetGroup: { name, groups } };
}

function windowOf({ from, until }: MeasureInput) {
  return { from: new Date(from), until: new Date(until) };
}

interface Asking {
  input: MeasureInput;
  request: Request;
  source: MetricsSource;
  before: Versions | undefined;
  fleetGroup?: FleetGroup;
  signal: AbortSignal;
}

interface Checking extends Omit<Asking, 'input'> {
  analysis: AnalysisSpec;
  check: AnalysisSpec['checks'][number];
  window: { from: Date; until: Date };
}

async function ask(checking: Checking): Promise<Measured> {
  const { source, analysis, request, check, window, before, fleetGroup, signal } = checking;
  const where = { ...window, ...(fleetGroup && { fleetGroup }) };
  const of = (group: Group, versions: Versions) =>
    source.read(questionOf(request, check.quantity, { group, versions, ...where }), signal);
  const compared = analysis.baseline !== undefined && check.quantity.kind === 'metric' ? before : undefined;
  const [release, ran] = await Promise.all([
    of('release', request.spec.release),
    compared === undefined ? undefined : of('before', compared),
  ]);
  return { check, release, ...(ran === undefined ? {} : { before: ran }) };
}

/** What most of the fleet ran; undefined: nobody knows, or it is the release. */
async function ranBefore({ store }: Tools, generation: number): Promise<Versions | undefined> {
  const previous = (await store.deployment(generation))?.document.previous_release;
  return previous === null || previous === undefined ? undefined : versionsOf(previous);
}

function versionsOf({ code_version, configuration_version, artifact }: ReleaseDocument): Versions {
  return {
    codeVersion: code_version,
    configurationVersion: configuration_version,
    ...(artifact === undefined ? {} : { artifact }),
  };
}

function questionOf(
  { spec: { service, environment } }: Request,
  quantity: Question['quantity'],
  rest: Pick<Question, 'group' | 'versions' | 'fleetGroup' | 'from' | 'until'>,
): Question {
  return { service, environment, quantity, ...rest };
}

/** Refuses what can't ever be measured, before anything is touched. */
export async function refuseUnmeasurable(
  tools: Tools,
  { spec, kind }: Request,
  generation: number,
  signal: AbortSignal,
): Promise<void> {
  const asked = askedOf(spec);
  if (asked === undefined || kind === 'rollback') return;
  const source = tools.metrics(asked.source, generation);
  const why = await whyUnmeasurable(source, spec, tools.now(), signal);
  if (why !== undefined) throw new Refusal(why);
}

/** That what is measured can't tell the release from what ran before: whoever reads the verdicts has to know. */
export async function logMingled(
  tools: Tools,
  { spec, kind }: Request,
  generation: number,
  taken: readonly TakenSnapshot[],
): Promise<void> {
  if (kind === 'rollback') return;
  const ran = taken.flatMap(({ excluded, snapshot }) => (excluded ? [] : (snapshot.versions ?? [])));
  const reason = mingledText(spec, ran);
  if (reason === undefined) return;
  await tools.store.appendEventOnce({ generation, type: 'measured_as_one', reason }, SEQUENCE.mingled);
}
