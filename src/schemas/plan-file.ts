import { z } from 'zod';
import { HEALTH_WORDS } from '../domain';
import { InputError } from '../domain/errors';
import { PLAN_FORMAT, type Plan } from '../domain/plan';
import { parseJson } from './json';
import { offsetOf, pathText, plainOf, problemAt, type Path, type Source } from './node';
import { readText } from './read-text';
import { stateOf } from './wording';

const MOST_MIB = 64;

const release = z.object({
  code_version: z.string(),
  configuration_version: z.string(),
  artifact: z.string().optional(),
});

/** The parts of a plan that a later one is compared with; Belay wrote it, so the rest is taken as it is. */
const plan = z.looseObject({
  format: z.literal(PLAN_FORMAT),
  service: z.string(),
  environment: z.string(),
  release,
  strategy: z.string(),
  driver: z.string(),
  steps: z.array(z.looseObject({ kind: z.string() })),
  limits: z.looseObject({ summary: z.string() }),
  members: z.array(
    z.object({
      instance_id: z.string(),
      code_version: z.string().nullable(),
      configuration_version: z.string().nullable(),
      artifact: z.string().optional(),
      health: z.enum(HEALTH_WORDS),
      reachable: z.boolean(),
    }),
  ),
  origin: z
    .object({
      file: z.string().optional(),
      instances: z.string().optional(),
      desired: z.string().optional(),
      options: z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string())])),
    })
    .optional(),
});

/** A plan that `belay plan --out` wrote; an InputError when it is anything else. */
export async function readPlan(file: string): Promise<Plan> {
  const text = await readText(file, MOST_MIB);
  const source = parseJson(file, text);
  const result = plan.safeParse(JSON.parse(text));
  if (result.success) return result.data as unknown as Plan;
  const path = result.error.issues[0]?.path ?? [];
  const what = path.length === 0 ? '' : ` (${pathText(path)} ${stateOf(valueAt(source, path))})`;
  const message = `is no plan of this version of Belay${what}; make one with \`belay plan --out FILE\``;
  throw new InputError(problemAt(source, offsetOf(source.root, path), message));
}

function valueAt({ root }: Source, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | null)?.[step], plainOf(root));
}
