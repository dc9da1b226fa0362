import { configuredTemporal, connectClient, connectWorker, localTemporal } from '../../src/stack/connection';
import { freePort } from '../../src/stack/ports';
import { testTemporalAddress } from '../support/temporal';

describe('the way to Temporal', () => {
  it('is what the environment says', () => {
    const env = {
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_NAMESPACE: 'belay',
      TEMPORAL_API_KEY: 'k',
    };
    const target = configuredTemporal(env);
    expect(target).toMatchObject({
      namespace: 'belay',
      options: { address: 'temporal:7233', apiKey: 'k', tls: true },
      source: 'TEMPORAL_ADDRESS',
    });
    expect(configuredTemporal({ TEMPORAL_CONFIG_FILE: '/nowhere' })).toBeUndefined();
    expect(configuredTemporal({ TEMPORAL_CONFIG_FILE: '/dev/null' })).toBeUndefined();
    expect(() => configuredTemporal({ TEMPORAL_PROFILE: 'nope' })).toThrow("Profile 'nope' not found");
  });

  it('says what to check when nobody answers', async () => {
    const target = localTemporal(`127.0.0.1:${await freePort()}`, 'default');
    const checks = expect.arrayContaining([expect.stringContaining('TEMPORAL_ADDRESS')]);
    const refusal = { name: 'Unreachable', message: expect.stringContaining(target.options.address), check: checks };
    await expect(connectClient(target)).rejects.toMatchObject(refusal);
    await expect(connectWorker(target)).rejects.toMatchObject(refusal);
  });

  it('names a namespace that is not there', async () => {
    const target = localTemporal(testTemporalAddress(), 'nope');
    await expect(connectClient(target)).rejects.toThrow('has no namespace "nope"');
  });
});
