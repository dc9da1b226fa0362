import { EXIT, exitOfError, exitOfStatus, exitOfWanted } from '../../src/cli/exit';
import { Refused, Unreachable } from '../../src/control/errors';
import { InputError } from '../../src/domain/errors';

describe('exit statuses', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['completed_with_failures', 1],
    ['aborted', 1],
    ['cancelled', 1],
    ['rollback_incomplete', 1],
    ['rolled_back', 3],
    ['pending', 6],
    ['running', 6],
    ['paused', 6],
    ['awaiting_approval', 6],
    ['rolling_back', 6],
  ] as const)('of a deployment that is %s is %d', (status, exit) => {
    expect(exitOfStatus(status)).toBe(exit);
  });

  it.each([
    ['rolled_back', 'rolled_back', 0],
    ['rollback_incomplete', 'rolled_back', 1],
    ['aborted', 'aborted', 0],
    ['succeeded', 'aborted', 0],
    ['failed', 'aborted', 1],
  ] as const)('of one that is %s when %s was asked for is %d', (status, wanted, exit) => {
    expect(exitOfWanted(status, wanted)).toBe(exit);
  });

  it.each([
    [new InputError({ message: 'bad' }), EXIT.USAGE],
    [new Refused('no'), EXIT.REFUSED],
    [new Unreachable('gone'), EXIT.UNREACHABLE],
    [new TypeError('a bug'), undefined],
  ])('of %s is %s', (error, exit) => {
    expect(exitOfError(error)).toBe(exit);
  });
});
