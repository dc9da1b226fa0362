import type { DeploymentSpec } from '../../domain';
import { InputError } from '../../domain/errors';
import { routingOf } from '../../domain/strategies/slot';
import { ofGroup, type HaproxyTrafficSpec } from '../../domain/traffic';
import { readDeploymentFile } from '../../schemas';
import type { CliContext } from '../context';
import { EXIT } from '../exit';
import { pathFrom } from '../paths';
import { verb, type AddVerb } from '../verb';

export const addTraffic: AddVerb = (program, context, done) => {
  const group = program.command('traffic').summary('print what a router in front of a fleet must be told once');
  group.description('print what a router in front of a fleet must be told once.');
  group.addHelpText('after', '\nExample:\n  belay traffic lines -f deployment.yaml');

  verb(group, {
    name: 'lines',
    summary: "print the lines that HAProxy's frontend must have for a deployment.yaml",
    example: 'belay traffic lines -f deployment.yaml',
    details:
      'They change with the names in traffic and in strategy.match and strategy.sticky, not from one release to the next. Nothing is asked, and nothing is changed',
  })
    .requiredOption('-f, --file <file>', 'a deployment.yaml')
    .action(async ({ file, json }: { file: string; json: boolean }) => {
      const spec = await readDeploymentFile(pathFrom(context.directory, file));
      const lines = trafficLines(spec, context, file);
      if (json) context.output.json({ lines: lines.trim().split(/\n\s*/) });
      else context.output.line(lines.trimEnd());
      done(EXIT.SUCCEEDED);
    });
};

/** The lines of a deployment's HAProxy, of each group where they differ; an InputError where it has none. */
export function trafficLines(
  {
    environment,
    service,
    strategy,
    traffic,
    groups,
  }: Pick<DeploymentSpec, 'environment' | 'service' | 'strategy' | 'traffic' | 'groups'>,
  context: Pick<CliContext, 'haproxyLines'>,
  file: string,
): string {
  if (traffic?.kind !== 'haproxy') {
    const why = traffic === undefined ? 'says nothing of traffic' : `has traffic of type ${traffic.kind}`;
    throw new InputError({ file, message: `${why}; write traffic: { type: haproxy, … } (docs/traffic.md)` });
  }
  const linesOf = (spec: HaproxyTrafficSpec) =>
    context.haproxyLines(spec, strategy.kind, routingOf({ strategy }), { environment, service });
  if (groups === undefined) return linesOf(traffic);
  const byGroup = groups.order.map((group) => [group, linesOf(ofGroup(traffic, group))] as const);
  const alike = byGroup.every(([, lines]) => lines === byGroup[0]?.[1]);
  return alike ? linesOf(traffic) : byGroup.map(([group, lines]) => `    # ${group}\n${lines}`).join('\n');
}
