export { historyOf, pointsOf, putTogether, KEPT_ONE_BY_ONE, type MetricPoint } from './history';
export { NO_DATA, numberText, type Reading } from './reading';
export { seriesOf } from './series';
export * from './spec';
export type { Distribution } from './statistics';
export {
  besideText,
  judge,
  limitText,
  type Finding,
  type Measured,
  type Verdict,
  type VerdictKind,
  SHARES,
  VERDICTS,
} from './verdict';
