import { deploymentNameText, parseDeploymentName } from '../../src/control/name';
import { InputError } from '../../src/domain/errors';

describe('names of deployments', () => {
  it.each([
    ['production/web', { environment: 'production', service: 'web' }],
    ['production/web/12', { environment: 'production', service: 'web', generation: 12 }],
    ['local/instances-3fa9c1/1', { environment: 'local', service: 'instances-3fa9c1', generation: 1 }],
  ])('%s', (text, name) => {
    expect(parseDeploymentName(text)).toEqual(name);
    expect(deploymentNameText(parseDeploymentName(text))).toBe(text);
  });

  it.each([
    '',
    'web',
    '/web',
    'production/',
    'a/b/c',
    'a/b/0',
    'a/b/-1',
    'a/b/1.5',
    'a/b/1/2',
    'a b/c',
    '../etc',
    'a/b/',
  ])('%j is none', (text) => expect(() => parseDeploymentName(text)).toThrow(InputError));
});
