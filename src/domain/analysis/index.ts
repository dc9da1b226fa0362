export { historyOf, pointsOf, putTogether, KEPT_ONE_BY_ONE, type Measurement, type MetricPoint } from './history';
export { NO_DATA, type Reading } from './reading';
export * from './spec';
export type { Distribution } from './statistics';
export { judge, limitText, type Finding, type Measured, type Verdict, type VerdictKind, VERDICTS } from './verdict';
