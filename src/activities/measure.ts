import type { ReleaseDocument, Versions } from '../domain';
import { judge, type AnalysisSpec, type Measured, type Verdict } from '../domain/analysis';
import { whyUnmeasurable } from '../drivers/metrics/refusal';
import type { Group, MetricsSource, Question } from '../drivers/metrics/source';
import type { Request } from '../store/types';
import type { Tools } from './dependencies';
import { Refusal } from './refusal';
import { heartbeating } from './running';
import type { MeasureInput } from './types';

/** Asks for every check at once, judges what comes back, and keeps it; repeated, it answers with what it kept. */
export function measure(tools: Tools, input: MeasureInput): Promise<Pick<Verdict, 'kind' | 'text'>> {
  return heartbeating(async (signal) => {
    const { generation, number, compare, weight } = input;
    const kept = await tools.store.measurement(generation, number);
    if (kept !== undefined) return { kind: kept.kind, text: kept.text };
    const { request } = await tools.deployments.of(generation);
    const { analysis } = request.spec;
    if (analysis === undefined) throw new Error(`the deployment ${generation} is judged by nothing`);
    const before = compare ? await ranBefore(tools, generation) : undefined;
    const window = { from: new Date(input.from), until: new Date(input.until) };
    const source = tools.metrics(analysis.source, generation);
    const measured = await Promise.all(
      analysis.checks.map((check) => ask(source, { analysis, request, check, window, before, signal })),
    );
    const verdict = judge(measured, analysis);
    const { kind, text } = await tools.store.recordMeasurement(generation, {
      number,
      ...window,
      ...verdict,
      ...(weight === undefined ? {} : { weight }),
    });
    return { kind, text };
  });
}

interface Asking {
  analysis: AnalysisSpec;
  request: Request;
  check: AnalysisSpec['checks'][number];
  window: { from: Date; until: Date };
  before: Versions | undefined;
  signal: AbortSignal;
}

async function ask(source: MetricsSource, asking: Asking): Promise<Measured> {
  const { analysis, request, check, window, before, signal } = asking;
  const of = (group: Group, versions: Versions) =>
    source.read(questionOf(request, check.quantity, { group, versions, ...window }), signal);
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
  rest: Pick<Question, 'group' | 'versions' | 'from' | 'until'>,
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
  if (spec.analysis === undefined || kind === 'rollback') return;
  const source = tools.metrics(spec.analysis.source, generation);
  const why = await whyUnmeasurable(source, spec, tools.now(), signal);
  if (why !== undefined) throw new Refusal(why);
}
