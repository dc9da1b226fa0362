import { defaultPayloadConverter, rawValueTypeInfo, type RawValue } from '@temporalio/common';
import { defineSignal } from '@temporalio/workflow';
import type { MessageKind } from '../domain';

/** More arguments than anybody sends by mistake. */
const ARGUMENTS = 100;

/**
 * A message as a Signal, taken as it came: a payload that the SDK can't decode would fail the workflow task, and as
 * the Signal stays in the history, every task after it.
 */
export const rawSignal = (kind: MessageKind) =>
  defineSignal<[RawValue?]>(kind, {
    typeInfo: { inputTypes: Array.from({ length: ARGUMENTS }, () => rawValueTypeInfo) },
  });

/** What a Signal carried; what can't be decoded is a text, which is no message. */
export function decoded(raw: RawValue | undefined): unknown {
  if (raw === undefined) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(raw.payload);
  } catch {
    return 'a payload that can not be decoded';
  }
}
