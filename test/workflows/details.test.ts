import { detailsOf } from '../../src/workflows/details';
import { statusDocument } from '../support/cli';

/** What a person sees of a deployment in Temporal's Web UI. */
const CANARY = statusDocument({
  strategy: 'canary',
  step: { index: 4, of: 11, kind: 'analyze', summary: 'watching the release at 25% of the requests' },
  traffic_percent: 25,
  analysis: {
    last: { kind: 'fail', text: 'response time p95 is 412 ms, above 300 ms' },
    violations: 2,
    limit: 3,
    count: 'consecutive',
  },
});

it('says what share of the requests a release has, how many violations there are, and what was measured last', () => {
  const lines = detailsOf(CANARY, []).split('\n');
  expect(lines).toContain('watching the release at 25% of the requests');
  expect(lines).toContain('**traffic: 25% · violations: 2 of 3 in a row**');
  expect(lines).toContain('Measured last: ✗ response time p95 is 412 ms, above 300 ms');
});

it('says nothing of them where nothing is shifted or measured', () => {
  expect(detailsOf(statusDocument({}), [])).not.toMatch(/traffic|violations|Measured/);
});

it('has features that are on', () => {
  expect(detailsOf(statusDocument({ enabled_features: { new_ui: 25 } }), [])).toContain('**features: new_ui 25%**');
});
