import { readProjectFile } from '../project.ts';

export const README = readProjectFile('README.md');

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** How a command stands in a block of each language; in all of them, the first group is the command line. */
const IN_BLOCK: Readonly<Record<string, RegExp>> = {
  // What is typed in a picture, and the line of a crontab with its user.
  '': /^(?:\$ |(?:\S+ ){4}\S+ {2}leaktally {2})(.*)$/gm,
  sh: /^(.+)$/gm,
  ini: /^ExecStart=(.*)$/gm,
  bat: /^(.+)$/gm,
};

/** Every command line of the README as it stands there, in blocks of code and between backticks, each once. */
export function commandLines(): string[] {
  const inBlocks = Array.from(README.matchAll(FENCED), ([, language = '', code = '']) => {
    const pattern = IN_BLOCK[language];
    return pattern ? Array.from(code.matchAll(pattern), ([, line = '']) => line) : [];
  });
  const prose = README.replace(FENCED, '');
  const inProse = Array.from(prose.matchAll(/`([^`]+)`/g), ([, code = '']) => code).filter((code) =>
    /^(eval|leaktally|npm|cp|sudo|man|journalctl) /.test(code),
  );
  return [...new Set([...inBlocks.flat(), ...inProse])];
}

/** A picture: a command of the demo, and the parts of its output that are shown, between lines of three dots. */
export interface Picture {
  readonly args: string;
  readonly parts: readonly string[];
}

export function pictures(): Picture[] {
  return Array.from(
    README.matchAll(/^```\n\$ leaktally (--demo.*)\n([\s\S]*?)^```$/gm),
    ([, args = '', shown = '']) => ({
      args,
      parts: shown.split(/^\.\.\.\n/m),
    }),
  );
}

/** The code of the one block that matches, whose first group it is. */
export function codeOf(block: RegExp): string {
  const [, code] = block.exec(README) ?? [];
  if (code === undefined) throw new Error(`the README has no block like ${block}`);
  return code;
}
