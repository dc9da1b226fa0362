import { Redactor, redact, resolveEnv } from '../../../src/drivers/target/secrets';

describe('resolveEnv', () => {
  it('resolves references, and names those that are unset once', () => {
    const env = { A: 'x-${env:ONE}-${env:TWO}', B: '${env:TWO}${env:NONE}', C: '$ONE ${ONE} ${env:}' };
    expect(resolveEnv(env, { ONE: 'first', TWO: '' })).toEqual({
      values: { A: 'x-first-', B: '', C: '$ONE ${ONE} ${env:}' },
      secrets: ['first'],
      unset: ['NONE'],
    });
  });

  it('inherits no variable', () => {
    expect(resolveEnv({ A: '${env:constructor}' }, {})).toMatchObject({ unset: ['constructor'], values: { A: '' } });
  });

  it('keeps a key of several lines secret line by line, and leaves short values readable', () => {
    const { secrets } = resolveEnv({ A: '${env:KEY}', B: '${env:ONE}' }, { KEY: 'BEGIN\nabcdef\nEND\n', ONE: '1' });
    expect(secrets).toEqual(['BEGIN\nabcdef\nEND', 'abcdef', 'BEGIN']);
  });
});

describe('Redactor', () => {
  it.each([
    [['abcd'], ['xabcdx'], 'x[redacted]x'],
    [['abcd'], ['xab', 'cdx'], 'x[redacted]x'],
    [['abcd'], ['xab', 'xcd'], 'xabxcd'],
    [['abcd'], ['a', 'b', 'c', 'd'], '[redacted]'],
    [['abcd'], ['abc'], 'abc'],
    [['abcdef', 'abcd'], ['abcd', 'ef abcd'], '[redacted] [redacted]'],
    [['abca'], ['abca', 'bca'], '[redacted]bca'],
    [['a.c$'], ['abc$ a.c$'], 'abc$ [redacted]'],
  ])('%j in %j', (secrets, pieces, shown) => {
    const redactor = new Redactor(secrets);
    expect(pieces.map((piece) => redactor.push(piece)).join('') + redactor.end()).toBe(shown);
    expect(redact(pieces.join(''), secrets)).toBe(shown);
  });

  it('holds nothing back without need', () => {
    expect(new Redactor(['abcd']).push('hello\n')).toBe('hello\n');
  });
});
