import { filled, namesIn, type TemplateValues } from '../../domain/analysis/template';

/** Texts, comments, and what is between them. */
const PIECE = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|[^"'`#]+|[^]/g;

/** What means nothing by itself: no operator, no bracket, no end of anything. */
const PLAIN = /^[\w.:]*$/;

/** A query with values in place of their names: what they hold stays a part of the texts that they stand in. */
export function filledPromql(template: string, values: TemplateValues): string {
  return piecesOf(template)
    .map((piece) => filled(piece, values, (text) => quoted(text, piece[0])))
    .join('');
}

/** Why a value has no place where its name stands, as it would change what is asked; undefined: each has one. */
export function misplaced(template: string, values: TemplateValues): string | undefined {
  for (const piece of piecesOf(template)) {
    const name = namesIn(piece).find((each) => !fits(values[each as keyof TemplateValues], piece[0]));
    if (name === undefined) continue;
    const where = piece.startsWith('`') ? 'between backticks' : 'outside of quotes';
    return `{{${name}}} stands ${where}, where ${JSON.stringify(values[name as keyof TemplateValues])} would change the query; write "{{${name}}}"`;
  }
  return undefined;
}

function piecesOf(template: string): string[] {
  return template.match(PIECE) ?? [];
}

function fits(value: string, opening: string | undefined): boolean {
  if (opening === '"' || opening === "'") return true;
  return opening === '`' ? !value.includes('`') : PLAIN.test(value);
}

/** As texts of Go are quoted: another quote than one's own is nothing to escape. */
function quoted(text: string, opening: string | undefined): string {
  if (opening !== '"' && opening !== "'") return text;
  return text.replaceAll('\\', '\\\\').replaceAll(opening, `\\${opening}`);
}
