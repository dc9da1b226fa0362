import { ApplicationFailure } from '@temporalio/workflow';
import type { Adjustment, MessageKind, Size } from '../domain';
import { isName, NAME_RULE } from '../domain/names';
import { LIMIT_RULE, parseLimit, parseSize, SIZE_RULE } from '../domain/parse-size';

/** A message's fields, read strictly: anybody can send a Signal through the Web UI. */
export interface Fields {
  generation?: number;
  by: string;
  reason?: string;
  requestId?: string;
  /** `retry` and `skip`: empty means every failed one. */
  names: string[];
  /** `adjust` only, and then at least one is present. */
  adjustment: Adjustment;
}

const COMMON = ['generation', 'by', 'reason', 'request_id'];
const INSTANCES = ['instances'];
const ADJUSTMENTS = ['batch_size', 'window', 'max_failures'];
const MOST_TEXT = 2000;
const MOST_ID = 64;
const MOST_NAMES = 10_000;
const MOST_WINDOW = 1_000_000;

/** Reads what came with a message of this kind; throws an ApplicationFailure that says what is wrong and what would be right. */
export function readFields(kind: MessageKind, given: unknown): Fields {
  const raw = given === undefined || given === null ? {} : given;
  if (typeof raw !== 'object' || Array.isArray(raw)) throw invalid(kind, 'its fields must be one JSON object');
  const allowed = [...COMMON, ...extraOf(kind)];
  for (const key of Object.keys(raw)) {
    if (!allowed.includes(key))
      throw invalid(kind, `${shown(key)} is not a field of it; it takes ${allowed.join(', ')}`);
  }
  const fields = raw as Record<string, unknown>;
  const reason = text(kind, fields, 'reason', MOST_TEXT);
  const requestId = text(kind, fields, 'request_id', MOST_ID);
  const generation = count(kind, fields, 'generation');
  return {
    by: text(kind, fields, 'by', MOST_TEXT) ?? 'unknown',
    names: namesOf(kind, fields['instances']),
    adjustment: kind === 'adjust' ? adjustmentOf(fields) : {},
    ...(reason !== undefined && { reason }),
    ...(requestId !== undefined && { requestId }),
    ...(generation !== undefined && { generation }),
  };
}

function extraOf(kind: MessageKind): string[] {
  if (kind === 'adjust') return ADJUSTMENTS;
  return kind === 'retry' || kind === 'skip' ? INSTANCES : [];
}

function adjustmentOf(fields: Record<string, unknown>): Adjustment {
  const batchSize = size(fields, 'batch_size', parseSize, SIZE_RULE);
  const window = count('adjust', fields, 'window');
  const maxFailures = size(fields, 'max_failures', parseLimit, LIMIT_RULE);
  if (batchSize === undefined && window === undefined && maxFailures === undefined) {
    throw invalid('adjust', `it changes nothing: give ${ADJUSTMENTS.join(', ')} or several of them`);
  }
  return {
    ...(batchSize && { batch_size: batchSize }),
    ...(window !== undefined && { window }),
    ...(maxFailures && { max_failures: maxFailures }),
  };
}

function size(
  fields: Record<string, unknown>,
  key: string,
  parse: (value: number | string) => Size | undefined,
  rule: string,
): Size | undefined {
  const value = fields[key];
  if (absent(value)) return undefined;
  const parsed = typeof value === 'number' || typeof value === 'string' ? parse(value) : undefined;
  if (parsed === undefined) throw invalid('adjust', `${key} is ${shown(value)}: ${rule}`);
  return parsed;
}

function count(kind: MessageKind, fields: Record<string, unknown>, key: string): number | undefined {
  const value = fields[key];
  if (absent(value)) return undefined;
  const most = key === 'window' ? MOST_WINDOW : Number.MAX_SAFE_INTEGER;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalid(kind, `${key} is ${shown(value)}: write a whole number from 1 to ${most}`);
}

function text(kind: MessageKind, fields: Record<string, unknown>, key: string, most: number): string | undefined {
  const value = fields[key];
  if (absent(value)) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= most) {
    // The database's texts can't hold NUL. Refusing it would decide otherwise than stored histories did.
    return value.replaceAll('\0', '\uFFFD');
  }
  throw invalid(kind, `${key} is ${shown(value)}: write a text of 1 to ${most} characters, or leave it out`);
}

function namesOf(kind: MessageKind, value: unknown): string[] {
  if (absent(value)) return [];
  if (!Array.isArray(value) || value.length > MOST_NAMES) {
    throw invalid(kind, `instances is ${shown(value)}: write a list of at most ${MOST_NAMES} names`);
  }
  for (const name of value as unknown[]) {
    if (typeof name !== 'string' || !isName(name))
      throw invalid(kind, `${shown(name)} names no instance: ${NAME_RULE}`);
  }
  return [...new Set(value as string[])];
}

function absent(value: unknown): boolean {
  return value === undefined || value === null;
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}

function invalid(kind: MessageKind, problem: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`this ${kind} can't be read: ${problem}`, 'InvalidMessage');
}
