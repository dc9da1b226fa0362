import { limitText, type AnalysisSpec } from '../analysis';
import { durationText } from '../duration';
import type { PlannedStep } from './plan';

/**
 * `10s later measure it for 5m, every 10s: error rate at most 5%; 3 failed in a row are a failure`
 * @param afterMs how long after the shift it begins
 */
export function analysisStep(spec: AnalysisSpec, durationMs = spec.durationMs, afterMs = 0): PlannedStep {
  const { intervalMs, violations, count, checks, baseline } = spec;
  const later = laterText(afterMs);
  const often = `${later}measure it for ${durationText(durationMs)}, every ${durationText(intervalMs)}`;
  const limits = checks.map((check) => `${check.name} ${limitText(check)}`).join(', ');
  const beside = baseline === undefined ? '' : ', and no worse than what ran before';
  const failing =
    violations === 1 ? '1 that fails is' : `${violations} that fail${count === 'consecutive' ? ' in a row' : ''} are`;
  return {
    kind: 'analyze',
    summary: `${often}: ${limits}${beside}; ${failing} a failure`,
    for_ms: durationMs,
    ...(afterMs > 0 ? { after_ms: afterMs } : {}),
  };
}

/** `10s later `: what was under way when requests were shifted is nobody's. */
export function laterText(afterMs: number): string {
  return afterMs > 0 ? `${durationText(afterMs)} later ` : '';
}
