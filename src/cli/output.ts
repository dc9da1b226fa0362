import pc from 'picocolors';
import { printable } from './render/printable';

/** Colours, or none. */
export type Paint = ReturnType<typeof pc.createColors>;

/** No colours: for tests, files and pipes. */
export const PLAIN: Paint = pc.createColors(false);

/** Where the command line writes. */
export interface Output {
  paint: Paint;
  /** Whether lines may be redrawn in place: people's lines go to a terminal. */
  live: boolean;
  columns(): number;
  /** A line of the result: stdout, or stderr when stdout is for a JSON document. */
  line(text: string): void;
  /** A remark: always stderr. */
  say(text: string): void;
  /** The one JSON document of a run with --json. */
  json(document: unknown): void;
  /** Raw text to where lines go, for redrawing. */
  draw(text: string): void;
  /** The same, with stdout kept for one JSON document. */
  forJson(): Output;
}

interface Streams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
}

const NARROWEST = 40;
const USUAL = 100;

/** Writes to this process's streams. NO_COLOR and FORCE_COLOR are respected; a closed pipe is no error. */
export function processOutput({ stdout, stderr, env }: Streams): Output {
  for (const stream of [stdout, stderr]) stream.on('error', goOnWithout);
  const to = (stream: NodeJS.WriteStream): Output => ({
    paint: pc.createColors(colours(env, stream)),
    live: stream.isTTY && env.TERM !== 'dumb',
    // A terminal that doesn't know its width says 0.
    columns: () => Math.max(NARROWEST, (stream.isTTY && stream.columns) || USUAL),
    line: (text) => void stream.write(`${printable(text)}\n`),
    say: (text) => void stderr.write(`${printable(text)}\n`),
    json: (document) => void stdout.write(`${JSON.stringify(document, null, 2)}\n`),
    draw: (text) => void stream.write(text),
    forJson: () => to(stderr),
  });
  return to(stdout);
}

function colours(env: NodeJS.ProcessEnv, stream: NodeJS.WriteStream): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY && env.TERM !== 'dumb';
}

/** A reader like `head` that has seen enough, or a terminal that is gone, ends what is printed and nothing else. */
function goOnWithout(error: NodeJS.ErrnoException): void {
  if (!GONE.has(error.code ?? '')) throw error;
}

const GONE = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);
