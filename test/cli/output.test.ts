import { PassThrough } from 'node:stream';
import { processOutput } from '../../src/cli/output';
import { tableLines } from '../../src/cli/render/table';

const streams = () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = processOutput({
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env: { FORCE_COLOR: '1' },
  });
  return { output, printed: () => [stdout, stderr].map((stream) => String(stream.read() ?? '')) };
};

it.each([
  ['its own colours', '\x1b[31mfailed\x1b[39m', '\x1b[31mfailed\x1b[39m'],
  ['several lines', 'one\n\ttwo', 'one\n\ttwo'],
  ['what moves the cursor', 'a\x1b[2Jb', 'a [2Jb'],
  ['the same in one character', 'a\u009b2Jb', 'a 2Jb'],
  ['a title of the window', 'a\x1b]0;x\x07b', 'a ]0;x b'],
  ['what turns a text around', 'a\u202eb\u2066c', 'a b c'],
  ['half a character', 'a\ud83d', 'a\ufffd'],
])('prints %s', (_, text, shown) => {
  const { output, printed } = streams();
  output.line(text);
  output.say(text);
  expect(printed()).toEqual([`${shown}\n`, `${shown}\n`]);
});

it('prints a table with names that a terminal would obey', () => {
  const { output, printed } = streams();
  for (const line of tableLines(['NAME', 'REASON'], [['web-01\u202e', 'no\u009b2J']], output.paint)) output.line(line);
  expect(printed()[0]).toMatch(/web-01 +no 2J\n$/);
});
