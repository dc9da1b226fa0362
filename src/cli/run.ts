import { CommanderError } from 'commander';
import type { CliContext } from './context';
import { errorDocument, errorLines } from './render/error';
import { EXIT, exitOfError, type Exit } from './exit';
import { createProgram } from './program';

/** Runs one command line and answers with its exit status; nothing is thrown. */
export async function runCommandLine(argv: string[], context: CliContext): Promise<Exit> {
  let exit: Exit = EXIT.SUCCEEDED;
  try {
    await createProgram(context, (result) => (exit = result)).parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    return told(context.explain(error), argv, context);
  }
}

function told(error: unknown, argv: string[], { output, debug }: CliContext): Exit {
  if (error instanceof CommanderError) {
    // Commander has said it already, and asking for help is no mistake.
    if (error.exitCode === 0) return EXIT.SUCCEEDED;
    if (argv.includes('--json')) output.json(errorDocument(error, EXIT.USAGE));
    return EXIT.USAGE;
  }
  const exit = exitOfError(error) ?? EXIT.FAILED;
  for (const line of errorLines(error, debug)) output.say(line);
  if (argv.includes('--json')) output.json(errorDocument(error, exit));
  return exit;
}
