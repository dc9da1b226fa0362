import { Connection } from '@temporalio/client';
import {
  missingSearchAttributes,
  registerSearchAttributes,
  requireSearchAttributes,
  SEARCH_ATTRIBUTES,
} from '../../src/stack/search-attributes';
import { testTemporalAddress } from '../support/temporal';

let connection: Connection;
beforeAll(async () => {
  connection = await Connection.connect({ address: testTemporalAddress() });
});
afterAll(() => connection.close());

describe('the search attributes', () => {
  it('are registered where they are missing, and a second time changes nothing', async () => {
    const namespace = `attributes-${process.pid}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await expect(requireSearchAttributes(connection, namespace)).rejects.toThrow('BelayService, BelayEnvironment');
    expect(await registerSearchAttributes(connection, namespace)).toHaveLength(SEARCH_ATTRIBUTES.length);
    expect(await missingSearchAttributes(connection, namespace)).toEqual([]);
    expect(await registerSearchAttributes(connection, namespace)).toEqual([]);
    await requireSearchAttributes(connection, namespace);
  });
});
