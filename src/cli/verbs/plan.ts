import { planText } from '../../domain/plan';
import type { CliContext } from '../context';
import { addOrderOptions, overridesOf, type OrderOptions } from '../deploy-options';
import { EXIT, type Exit } from '../exit';
import { readOrder } from '../order';
import { pathFrom } from '../paths';
import { planOf, withOrigin } from '../planning';
import { verb, type AddVerb } from '../verb';
import { writeFileFor } from '../write-file';

export const addPlan: AddVerb = (program, context, done) => {
  const command = verb(program, {
    name: 'plan',
    summary: 'print what a deployment would do, and change nothing',
    example:
      'belay plan -f deployment.yaml\nbelay plan -f deployment.yaml --out plan.json && belay deploy --plan plan.json',
    details:
      'Every instance is looked at from here; no server is needed. It exits 4 when the deployment would be refused',
  });
  addOrderOptions(command)
    .option('--out <file>', 'write the plan to a file, for `belay deploy --plan`')
    .action(async (options: OrderOptions & { out?: string }) => done(await printPlan(context, options, options.out)));
};

/** Makes a plan and prints it; also the dry run of `deploy`. */
export async function printPlan(
  context: CliContext,
  options: OrderOptions & { overrideFreeze?: string },
  out?: string,
): Promise<Exit> {
  const { output, directory } = context;
  const overrides = overridesOf(options);
  const made = await planOf(context, await readOrder(context, options, overrides), options.overrideFreeze);
  const plan = withOrigin(made, options, overrides, directory);
  if (out !== undefined) await writeFileFor(pathFrom(directory, out), `${JSON.stringify(plan, null, 2)}\n`);
  if (options.json) output.json(plan);
  else output.line(planText(plan));
  if (out !== undefined) output.say(`Wrote ${out}; \`belay deploy --plan ${out}\` carries it out.`);
  return plan.refused === undefined ? EXIT.SUCCEEDED : EXIT.REFUSED;
}
