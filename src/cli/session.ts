import type { CliContext, Hosting, Session } from './context';
import { EXIT, type Exit } from './exit';

const LOOK_MS = 1_000;

/**
 * Runs a verb with a way to Belay. A stack that had to be started for it stays until nothing is in
 * flight, or a second Ctrl-C; what is in flight then is suspended, and the next start goes on with it.
 */
export async function withSession(
  context: CliContext,
  { host }: { host: Hosting },
  verb: (session: Session) => Promise<Exit>,
): Promise<Exit> {
  const { session, interrupted } = await connected(context, host);
  try {
    if (interrupted) return EXIT.INTERRUPTED;
    const exit = await verb(session);
    return session.hosted ? await stayWhileBusy(context, session, exit) : exit;
  } finally {
    // A stack ends cleanly; whoever can't wait for that interrupts once more.
    await context.interrupts.during(async (again) => {
      if (session.hosted) void again.then(() => context.output.say('Stopping. Once more to stop at once.'));
      await session.close();
    });
  }
}

/** A stack that is being started is started whole, and then stopped when that was interrupted. */
function connected(context: CliContext, host: Hosting): Promise<{ session: Session; interrupted: boolean }> {
  return context.interrupts.during(async (stop) => {
    let interrupted = false;
    void stop.then(() => (interrupted = true));
    const session = await context.connect({ host, say: (text) => context.output.say(text) });
    return { session, interrupted };
  });
}

function stayWhileBusy(context: CliContext, session: Session, exit: Exit): Promise<Exit> {
  return context.interrupts.during((interrupted) => untilQuiet(context, session, exit, interrupted));
}

async function untilQuiet(
  { output }: CliContext,
  { control }: Session,
  exit: Exit,
  interrupted: Promise<void>,
): Promise<Exit> {
  let told = false;
  let stopped = false;
  void interrupted.then(() => (stopped = true));
  for (;;) {
    const { in_flight } = await control.overview();
    const ids = in_flight.map((document) => document.id);
    if (ids.length === 0) return exit;
    const held = in_flight.every(({ status }) => status === 'paused' || status === 'awaiting_approval');
    if (stopped || (held && !output.live)) {
      output.say(
        `Stopping the stack. Suspended: ${ids.join(', ')}. Nothing is lost: \`belay watch ${ids[0]}\` (or \`belay dev\`) goes on with it.`,
      );
      return stopped ? EXIT.INTERRUPTED : exit;
    }
    if (!told) {
      output.say(
        `This command started the stack, so it stays until nothing is in flight (${ids.join(', ')}). Ctrl-C stops it and suspends what is.`,
      );
      told = true;
    }
    await Promise.race([new Promise((resolve) => setTimeout(resolve, LOOK_MS)), interrupted]);
  }
}
