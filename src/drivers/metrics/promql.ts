/** Texts, comments, numbers and durations, names, and whatever else: https://prometheus.io/docs/prometheus/latest/querying/basics/ */
const TOKEN = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|[0-9.][\w.]*|[a-zA-Z_:][\w:]*|\S/g;

const NAME = /^[a-zA-Z_:][\w:]*$/;
/** What is followed by names of labels. */
const LABELLED = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'];
/** Words of the language that may stand where a metric could: its own, and those that its dialects add. */
const WORDS = new Set([
  ...['sum', 'min', 'max', 'avg', 'group', 'stddev', 'stdvar', 'count', 'count_values', 'bottomk', 'topk', 'quantile'],
  ...['limitk', 'limit_ratio', 'and', 'or', 'unless', 'atan2', 'offset', 'bool', 'inf', 'nan', 'start', 'end'],
  ...[
    'default',
    'if',
    'ifnot',
    'keep_metric_names',
    'limit',
    'fill',
    'fill_left',
    'fill_right',
    'smoothed',
    'anchored',
  ],
]);

/**
 * The names of metrics that a query asks for, as far as they are written as names: those in `{__name__="…"}` aren't
 * among them. The query must be one that Prometheus takes.
 */
export function metricNames(promql: string): string[] {
  const tokens = promql.match(TOKEN) ?? [];
  // A dialect's names for parts of a query look like metrics.
  if (tokens.some((token) => token.toLowerCase() === 'with')) return [];
  const names = new Set<string>();
  for (let n = 0; n < tokens.length; n++) {
    const [token, next] = [tokens[n]!, tokens[n + 1]];
    if (token === '{') n = end(tokens, n, '}');
    else if (token === '[') n = end(tokens, n, ']');
    else if (!NAME.test(token)) continue;
    else if (LABELLED.includes(token.toLowerCase())) n = next === '(' ? end(tokens, n, ')') : n;
    else if (next !== '(' && !WORDS.has(token.toLowerCase())) names.add(token);
  }
  return [...names];
}

function end(tokens: readonly string[], from: number, closing: string): number {
  const at = tokens.indexOf(closing, from);
  return at < 0 ? tokens.length : at;
}
