import type { Check } from '../context';
import { EXIT } from '../exit';
import type { Paint } from '../output';
import { verb, type AddVerb } from '../verb';

export const addDoctor: AddVerb = (program, context, done) => {
  verb(program, {
    name: 'doctor',
    summary: 'look at everything that Belay needs, and say what to do about what is missing',
    example: 'belay doctor',
  }).action(async ({ json }: { json: boolean }) => {
    const { output } = context;
    const checks = await context.machine.doctor();
    const well = checks.every((check) => check.state !== 'failed');
    if (json) output.json({ ok: well, checks });
    else for (const line of doctorLines(checks, output.paint)) output.line(line);
    done(well ? EXIT.SUCCEEDED : EXIT.FAILED);
  });
};

/** A line for each check, and a remedy under each that isn't well. */
export function doctorLines(checks: Check[], paint: Paint): string[] {
  const width = Math.max(0, ...checks.map((check) => check.name.length));
  return checks.flatMap(({ name, state, detail, remedy }) => {
    const mark = { ok: paint.green('✓'), warning: paint.yellow('!'), failed: paint.red('✗') }[state];
    const line = `${mark} ${name.padEnd(width)}  ${detail}`;
    return remedy === undefined || state === 'ok' ? [line] : [line, `  ${' '.repeat(width)}  → ${remedy}`];
  });
}
