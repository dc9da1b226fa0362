import { z } from 'zod';

const error = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      hints: z.array(z.string()).optional(),
      fields: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
      holder: z.string().optional(),
    }),
  })
  .describe('Why not, in words.');

/** The answers of a route: what it answers with, and what every other answer looks like. */
export function answers<Schema extends z.ZodType, Status extends number = 200>(
  schema: Schema,
  status = 200 as Status,
): Record<Status, Schema> & { default: typeof error } {
  return { [status]: schema, default: error };
}

const text = z.string();
const time = z.iso.datetime();

const desired = z
  .object({
    code_version: text,
    configuration_version: text,
    generation: z.int(),
    attempt: z.int(),
    artifact: text.optional(),
  })
  .describe('What it is to run; obey only a generation that is not lower than the highest seen.');

export const instance = z.object({
  name: text,
  ip: text,
  port: z.int().nullable(),
  labels: z.record(text, text),
  status: z.int().describe('0 unknown, 1 healthy, 2 degraded, 3 failed'),
  code_version: text.nullable(),
  configuration_version: text.nullable(),
  artifact: text.nullable(),
  generation: z.int().describe('The highest that it obeyed.'),
  reason: text.nullable(),
  last_seen: time,
  silent: z.boolean().describe('Its heartbeats have stopped.'),
  registered_at: time,
  excluded: z.object({ at: time, by: text, reason: text.nullable() }).nullable(),
  desired: desired.nullable(),
});

export const sample = z.object({
  at: time,
  status: z.int(),
  code_version: text.nullable(),
  configuration_version: text.nullable(),
  artifact: text.nullable(),
  generation: z.int(),
  metrics: z.record(text, z.number()),
});

export const registered = z.object({
  instance,
  secret: text.describe("The instance's own, for its heartbeats: told here and never again."),
  next_heartbeat: text.describe('How long to wait, like "10s".'),
});

const restore = z
  .literal(true)
  .describe('It is the way back to what this instance ran: leave it alone if it runs that.');

export const heard = z.object({
  desired: desired.extend({ restore: restore.optional() }).nullable(),
  update_needed: z.boolean(),
  next_heartbeat: text,
});
