import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type InteractiveShell, startShell } from '../support/command/interactive-shell.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';

/** How each shell is started without anybody's settings, and how it reads the script. */
const SHELLS = {
  bash: { start: 'bash --norc --noprofile -i', setup: (script: string) => `source ${script}` },
  // By default, zsh itself expands what is typed at every tab, with and without completions.
  zsh: {
    start: 'zsh -f -i',
    setup: (script: string) => `autoload -U compinit; compinit -D; bindkey '^I' complete-word; source ${script}`,
  },
  fish: { start: 'fish --no-config -i', setup: (script: string) => `source ${script}` },
} as const;

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])('%s', (name) => {
  let shell: InteractiveShell;
  beforeAll(async () => {
    const { code, stdout, stderr } = await leaktally(['--completion', name]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const script = join(emptyFolder(), 'script');
    writeFileSync(script, stdout);
    shell = await startShell(SHELLS[name].start, SHELLS[name].setup(script));
    writeFileSync(join(shell.folder, 'report of today.html'), '');
    return () => shell.stop();
  });

  test.each([
    ['an option', '--dry\t', ['--dry-run']],
    [
      'an option after others',
      '--quiet --window 2d --comp\tfi\t',
      ['--quiet', '--window', '2d', '--completion', 'fish'],
    ],
    ['a fixed value', '--format j\t', ['--format', 'json']],
    ['a fixed value after an equals sign', '--format=j\t', ['--format=json']],
    ['the second of two words with one beginning', '--severity war\t', ['--severity', 'warning']],
    ['a list of fixed values', '--group-by source,de\t', ['--group-by', 'source,destination']],
    ['a file', '--html report\t', ['--html', 'report of today.html']],
    ['no file where none is meant', '--window report\t', ['--window', 'report']],
    ['nothing where nothing fits', '--format x\t', ['--format', 'x']],
  ] as const)('%s is completed', async (_, keys, args) => {
    // zsh joins an option and its value with an equals sign.
    const words = (list: readonly string[]) => list.flatMap((arg) => arg.split('='));
    expect(words(await shell.argumentsOf(`leaktally ${keys}`))).toEqual(words(args));
  });

  test.each([
    '$(touch evil)',
    '"$(touch evil)',
    '`touch evil`',
    'x[$(touch evil)]',
    "'$(touch evil)",
    'a;touch evil;',
    '--$(touch evil)',
  ])('what is typed is never evaluated (%s)', async (typed) => {
    for (const option of ['--format ', '--format=', '--group-by source,', '--html ', '--html=', '--policy ', '']) {
      // Control-U takes back what was typed, and the next command proves that the completion is over.
      await shell.argumentsOf(`leaktally ${option}${typed}\t\x15leaktally --demo`);
      expect({ option, isEvaluated: existsSync(join(shell.folder, 'evil')) }).toEqual({ option, isEvaluated: false });
    }
  });
});

test('a shell that is not known is refused, and a wrong option beside it', async () => {
  expect(await leaktally(['--completion', 'csh'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'leaktally: --completion: "csh" is not bash, zsh or fish\n',
  });
  expect(await leaktally(['--completion', 'bash', '--wat'])).toMatchObject({ code: 2, stdout: '' });
});
