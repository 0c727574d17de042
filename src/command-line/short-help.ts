import type { Setting } from '../options/setting.ts';
import { SETTINGS } from '../options/settings.ts';
import { EXAMPLES } from './examples.ts';

/** Longer flags move the text of their own line only. */
const FLAG_COLUMNS = 28;
const SHOWN_EXAMPLES = 3;

/** Renders the text of -h: each option in one line of 80 columns. */
export function renderShortHelp(): string {
  const groups = new Map<string, string[]>();
  for (const { flag, summary, fallback, group } of Object.values<Setting>(SETTINGS)) {
    if (!flag) continue;
    const lines = groups.get(group) ?? [];
    groups.set(group, [...lines, optionLine(flag, fallback ? `${summary} [${fallback}]` : summary)]);
  }
  return [
    'Usage: leaktally [options]',
    'Adds up the bytes of Scrutinizer events, and alerts each data leak once.',
    ...Array.from(groups, ([group, lines]) => `\n${group}:\n${lines.join('\n')}`),
    optionLine('-h, --help', 'show this, or with --help everything'),
    optionLine('-V, --version', 'show the version'),
    '\nExamples:',
    ...EXAMPLES.slice(0, SHOWN_EXAMPLES).map(({ command }) => `  $ ${command}`),
    '',
  ].join('\n');
}

function optionLine(flag: string, text: string): string {
  return `  ${flag.padEnd(FLAG_COLUMNS)}  ${text}`;
}
