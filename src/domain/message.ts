import type { Size } from './size';

/** What a person can change about a running deployment; at least one is present. */
export interface Adjustment {
  batch_size?: Size;
  window?: number;
  max_failures?: Size;
}

/** Every message that a person or a program can send to a deployment in flight. */
export const MESSAGE_KINDS = [
  'abort',
  'rollback',
  'pause',
  'resume',
  'approve',
  'reject',
  'promote',
  'adjust',
  'retry',
  'skip',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** A message as the engine sees it: instances are ordinals; empty means every failed one. */
export type Message =
  | { kind: 'abort' | 'rollback' | 'pause' | 'resume' | 'approve' | 'reject' | 'promote'; by: string; reason?: string }
  | { kind: 'adjust'; by: string; reason?: string; adjustment: Adjustment }
  | { kind: 'retry' | 'skip'; by: string; reason?: string; ordinals: number[] };
