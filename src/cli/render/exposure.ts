import type { StatusDocument } from '../../domain';
import type { VerdictKind } from '../../domain/analysis';
import { VERDICT_SIGNS } from '../../domain/exposure';
import type { Paint } from '../output';

/** The last verdict with its numbers: the sign tells it from the others without a colour. */
export function verdictLine({ analysis }: StatusDocument, paint: Paint): string | undefined {
  if (analysis?.last === undefined) return undefined;
  const { kind, text } = analysis.last;
  return verdictText(kind, `${VERDICT_SIGNS[kind]} ${text}`, paint);
}

/** Some words, coloured by a verdict. */
export function verdictText(kind: VerdictKind, words: string, paint: Paint): string {
  switch (kind) {
    case 'pass':
      return paint.green(words);
    case 'inconclusive':
    case 'no_data':
      return paint.yellow(words);
    case 'fail':
      return paint.red(words);
  }
}
