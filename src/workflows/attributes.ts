import { defineSearchAttributeKey } from '@temporalio/common';

/** The Keyword search attributes of a deployment. A server that lacks one fails workflow tasks for ever: register them first. */
export const ATTRIBUTES = {
  service: defineSearchAttributeKey('BelayService', 'KEYWORD'),
  environment: defineSearchAttributeKey('BelayEnvironment', 'KEYWORD'),
  release: defineSearchAttributeKey('BelayRelease', 'KEYWORD'),
  strategy: defineSearchAttributeKey('BelayStrategy', 'KEYWORD'),
  status: defineSearchAttributeKey('BelayStatus', 'KEYWORD'),
} as const;
