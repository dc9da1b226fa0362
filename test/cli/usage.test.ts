import { cliContext } from '../support/cli';

describe('usage mistakes', () => {
  it.each([
    [['deplyo'], "unknown command 'deplyo'", 'Did you mean deploy?'],
    [['deploy', '--batchsize', '3'], "unknown option '--batchsize'", 'Did you mean --batch-size?'],
    [['status', 'a', 'b'], 'too many arguments', ''],
    [['abort'], "missing required argument 'deployment'", ''],
    [['watch', 'production/web', '--wait-timeout', '5x'], '5x', 'Write a duration such as 30s'],
    [['adjust', 'production/web', '--batch-size', '0'], "'0' is invalid", '25%'],
    [['adjust', 'production/web', '--batch-size', '1.5'], "'1.5' is invalid", ''],
    [['adjust', 'production/web', '--max-failures', '101%'], "'101%' is invalid", '0% to 100%'],
    [['adjust', 'production/web'], 'adjust needs --batch-size', ''],
    [['rollback', 'production/web', '--to', 'abc'], 'whole number', ''],
    [['rollback'], 'rollback takes a deployment', ''],
    [['rollback', '--snapshot', 'x.json'], 'go together', ''],
    [['pause'], 'pause takes a deployment or --all', ''],
    [['pause', 'production/web', '--all'], 'pause takes a deployment or --all', ''],
    [['deploy'], 'say what to deploy', ''],
    [['deploy', '--instances', 'instances.json'], '--instances needs --desired', ''],
    [['deploy', '-f', 'a.yaml', '--desired', 'b.json'], '-f says it all', ''],
    [['deploy', '-f', 'nowhere.yaml'], 'nowhere.yaml', "doesn't exist"],
    [['status', 'web'], '"web" doesn\'t name a deployment', 'production/web'],
    [['status', 'production/web/x'], '"x" in "production/web/x" is not a generation', ''],
    [['status', 'production/we b'], '"we b"', ''],
  ])('%j: exit 2', async (argv, says, and) => {
    const { run, written } = cliContext();
    expect(await run(...argv)).toBe(2);
    const err = written.err.join('\n');
    expect(err).toContain(says);
    expect(err).toContain(and);
    expect(written.out).toEqual([]);
  });

  it('is a document, too, with --json', async () => {
    const { run, written } = cliContext();
    expect(await run('status', 'web', '--json')).toBe(2);
    expect(written.documents).toEqual([
      {
        error: expect.objectContaining({ kind: 'invalid_input', message: expect.stringContaining('"web"') }),
        exit_code: 2,
      },
    ]);
  });
});

describe('help', () => {
  const verbs =
    'instances token deploy plan status show watch logs history abort rollback retry resume approve reject promote pause skip adjust freeze unfreeze init doctor dev worker api setup';

  it.each(verbs.split(' '))('of %s has an example', async (verb) => {
    const { run, written } = cliContext();
    expect(await run(verb, '--help')).toBe(0);
    expect(written.out.join('\n')).toMatch(new RegExp(`Example:\\n {2}.*belay ${verb}`));
  });

  it('lists every verb and the exit statuses', async () => {
    const { run, written } = cliContext();
    expect(await run('--help')).toBe(0);
    const text = written.out.join('\n');
    for (const verb of verbs.split(' ')) expect(text).toContain(`  ${verb} `);
    expect(text).toContain('130 interrupted');
  });

  it('comes without a verb, as a mistake', async () => {
    const { run, written } = cliContext();
    expect(await run()).toBe(2);
    expect(written.err.join('\n')).toContain('Usage: belay');
  });
});
