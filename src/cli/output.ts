import pc from 'picocolors';

/** Colours, or none. */
export type Paint = ReturnType<typeof pc.createColors>;

/** No colours: for tests, files and pipes. */
export const PLAIN: Paint = pc.createColors(false);

/** Where the command line writes. Results go to stdout, everything else about them to stderr. */
export interface Output {
  paint: Paint;
  /** Whether lines may be redrawn in place: stderr is a terminal. */
  live: boolean;
  columns(): number;
  /** A line of the result. */
  line(text: string): void;
  /** A line for people. */
  say(text: string): void;
  /** The one JSON document of a run with --json. */
  json(document: unknown): void;
  /** Raw text to where people look, for redrawing. */
  draw(text: string): void;
}

interface Streams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
}

const NARROWEST = 40;
const USUAL = 100;

/** Writes to this process's streams; with `quiet`, only results. NO_COLOR and FORCE_COLOR are respected. */
export function processOutput({ stdout, stderr, env }: Streams): Output {
  const live = stderr.isTTY === true && env.TERM !== 'dumb';
  for (const stream of [stdout, stderr]) stream.on('error', leaveOnClosedPipe);
  return {
    paint: pc.createColors(colours(env, stderr.isTTY === true && stdout.isTTY === true)),
    live,
    columns: () => Math.max(NARROWEST, stderr.columns ?? USUAL),
    line: (text) => void stdout.write(`${text}\n`),
    say: (text) => void stderr.write(`${text}\n`),
    json: (document) => void stdout.write(`${JSON.stringify(document, null, 2)}\n`),
    draw: (text) => void stderr.write(text),
  };
}

function colours(env: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return true;
  return terminal && env.TERM !== 'dumb';
}

/** A reader like `head` that has seen enough is no error. */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
