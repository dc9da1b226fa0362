/** One thing that is wrong with what a person gave, and what would be right. */
export interface Problem {
  /** As the person named it. */
  file?: string;
  /** Both count from 1. */
  line?: number;
  column?: number;
  /** What is wrong and what would be right, as one sentence. */
  message: string;
}

const MOST_PRINTED = 10;

/** Bad input: a person's mistake, told with its place and its remedy. Exit status 2; nothing was changed. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problems: readonly Problem[];

  constructor(problems: string | Problem | readonly Problem[]) {
    const all = listOf(problems);
    super(messageOf(all));
    this.problems = all;
  }
}

/** `deployment.yaml:4:7: batch_size is 0; …` */
export function problemText(problem: Problem): string {
  const { file, line, column, message } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return place === '' ? message : `${place}: ${message}`;
}

function listOf(problems: string | Problem | readonly Problem[]): readonly Problem[] {
  if (typeof problems === 'string') return [{ message: problems }];
  return 'message' in problems ? [problems] : problems;
}

function messageOf(problems: readonly Problem[]): string {
  const lines = problems.slice(0, MOST_PRINTED).map(problemText);
  const more = problems.length - lines.length;
  if (more > 0) lines.push(`and ${more} more ${more === 1 ? 'problem' : 'problems'}`);
  return lines.join('\n');
}
