import type { AnalysisRule, VerdictKind } from '../../src/domain/analysis';
import type { Moment } from '../../src/domain/hooks';
import type { BlueGreenStrategy, CanaryStrategy, FeatureFlagsStrategy } from '../../src/domain';

/** What a rollout has beside instances that it changes in batches, and how all that behaves. All times in ms. */
export interface DeliveryPlan {
  /** `null`: rolling, as the policy has it. */
  strategy: CanaryStrategy | BlueGreenStrategy | FeatureFlagsStrategy | null;
  /** Something in front of the fleet that can be told where requests go. */
  router: boolean;
  analysis: AnalysisRule | null;
  /** Flags of the release. */
  flags: Record<string, number>;
  /** Whether each is a gate. */
  hooks: Partial<Record<Moment, boolean>>;
  /** It asks whether it may go forward: from the first touch on, or from the second batch on. */
  calendar: 'windows' | 'freezes';
  /** What measurements say, one after another; afterwards all is well. */
  verdicts: VerdictKind[];
  measureMs: number;
  /** What becomes of acts, one after another; afterwards all of them work. */
  acts: ('done' | 'fails' | 'half')[];
  actMs: number;
  /** What becomes of an act that is cancelled half-way. */
  onCancel: 'done' | 'fails' | 'half';
  /** When nothing may go forward, from the beginning on; `known`: whether anybody can tell the end. */
  closures: { fromMs: number; forMs: number; known: boolean }[];
}
