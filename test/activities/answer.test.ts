import { answerOf } from '../../src/activities/answer';
import { NEW, OLD, requested, spec, taken } from '../store/builders';

const members = requested(['a', 'b', 'c', 'd']);

function documentOf(versions: (typeof OLD | undefined)[]) {
  const request = { id: 'r', kind: 'deploy' as const, spec: spec('web'), actor: 'ann', createdAt: new Date(0) };
  const snapshots = versions.flatMap((each, ordinal) => {
    const [one] = taken([members[ordinal]!], each ?? OLD);
    return each === undefined ? [{ ...one!, snapshot: { health: one!.snapshot.health } }] : [one!];
  });
  const input = { requestId: 'r', workflowId: 'w', runId: 'run' };
  return answerOf({ input, request, generation: 1, taken: snapshots, routed: {}, startedAt: new Date(0), webUi: null })
    .document;
}

const OLD_DOCUMENT = { code_version: '1.0.0', configuration_version: '1' };
const NEW_DOCUMENT = { code_version: '1.1.0', configuration_version: '1' };

describe('the document of a deployment that begins', () => {
  it('names what all of the fleet ran', () => {
    const document = documentOf([OLD, OLD]);
    expect(document.previous_release).toEqual(OLD_DOCUMENT);
    expect(document).not.toHaveProperty('previous_releases');
  });

  it('tells a mixed fleet, the most common release first', () => {
    const document = documentOf([NEW, OLD, undefined, OLD]);
    expect(document.previous_release).toEqual(OLD_DOCUMENT);
    expect(document.previous_releases).toEqual([
      { release: OLD_DOCUMENT, instances: 2 },
      { release: NEW_DOCUMENT, instances: 1 },
      { release: null, instances: 1 },
    ]);
  });

  it('names a release as the previous one, even where most run nobody knows what', () => {
    expect(documentOf([undefined, undefined, OLD]).previous_release).toEqual(OLD_DOCUMENT);
    expect(documentOf([undefined, undefined]).previous_release).toBeNull();
  });
});
