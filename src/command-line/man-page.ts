/** The manual page, in the macros of man(7). The build writes it; the command does not contain it. */

import type { Setting } from '../options/setting.ts';
import { SETTINGS } from '../options/settings.ts';
import { EXAMPLES } from './examples.ts';

const DESCRIPTION = [
  'A host that sends a little more than 5 MB to the Internet in five minutes is an event; 100 MB from one host to one destination within a day, in 15 minutes or in 15 hours, is a data leak.',
  'leaktally adds up the events that a saved report of Plixer Scrutinizer leaves in its database, and reports each total above a threshold once: as a table, and as a syslog alert. It is run by cron every five minutes, and by hand for what-if questions.',
];
const PRECEDENCE =
  'A flag beats its environment variable, which beats the env file, which beats the default. none turns off what is optional.';
const EXCEPTIONS =
  'one exception a line: a destination (an address, range, domain or, with --ip-database, as and an AS), or source and an address or range. It does not count at all; with above and a size, it is a leak only above that size. With until and a day, the line ends with that day in UTC. What follows # is a comment. A line without above beats one with it; of those with above, the last one decides:';
const EXCEPTION_EXAMPLES = [
  '203.0.113.0/24                           # does not count',
  'efscloud.net until 2027-01-31',
  'source 10.1.2.3 above 5GB                # the backup server',
  'as AS64496 above 1GB until 2027-01-31',
];
const EXIT_STATUS = [
  ['0', 'The run completed, also when another run was under way.'],
  ['1', 'It failed, or an alert could not be sent; standard error says what to do.'],
  ['2', 'The options are wrong.'],
  ['n', 'With --exit-code n: a leak is above the threshold.'],
] as const;

/** @param date of the build, as in 2026-11-25 */
export function renderManPage(version: string, date: string): string {
  const settings = Object.values<Setting>(SETTINGS);
  const lines = [
    '.\\" Made by the build from the table of options.',
    `.TH LEAKTALLY 1 ${date} "leaktally ${version}" "User Commands"`,
    // No word is stretched or hyphenated, so that options and URLs can be copied.
    ...['.ad l', '.nh'],
    ...['.SH NAME', 'leaktally \\- find data leaks that stay small on purpose'],
    ...['.SH SYNOPSIS', '.B leaktally', '.RI [ option ...]'],
    ...['.SH DESCRIPTION', ...DESCRIPTION.flatMap((text, index) => [...(index > 0 ? ['.PP'] : []), ...prose(text)])],
    ...['.SH OPTIONS', ...prose(PRECEDENCE)],
    ...groupsOf(settings).flatMap((group) => [
      `.SS ${group}`,
      ...settings.filter((setting) => setting.group === group && setting.flag).flatMap(describeOption),
    ]),
    ...item('\\-h', 'show each option in one line'),
    ...item('\\-\\-help', 'show everything about each option'),
    ...item('\\-V, \\-\\-version', 'show the version'),
    ...['.SH ENVIRONMENT', ...prose('Besides those of the options:')],
    ...settings.filter(({ flag }) => !flag).flatMap(({ env = '', help }) => item(escapeRoff(env), help)),
    ...item('NO_COLOR', 'set to anything: no colours (see https://no-color.org)'),
    ...['.SH FILES', ...item('.env', 'variables of the working folder, one NAME=value a line; see --env-file')],
    ...item('the file of \\-\\-exceptions', EXCEPTIONS),
    ...['.PP', '.in +2n', '.nf', ...EXCEPTION_EXAMPLES.map(escapeRoff), '.fi', '.in'],
    ...['.SH EXIT STATUS', ...EXIT_STATUS.flatMap(([code, text]) => item(code, text))],
    '.SH EXAMPLES',
    ...EXAMPLES.flatMap(({ command, purpose }, index) => [
      ...(index > 0 ? ['.PP'] : []),
      ...prose(`${purpose}:`),
      ...['.PP', '.in +2n', '.nf', escapeRoff(command), '.fi', '.in'],
    ]),
    ...['.SH SEE ALSO', '.BR cron (8),', '.BR systemd.timer (5)'],
  ];
  return `${lines.join('\n')}\n`;
}

function groupsOf(settings: readonly Setting[]): string[] {
  return [...new Set(settings.map(({ group }) => group))];
}

function describeOption({ flag = '', env, fallback, help, choices }: Setting): string[] {
  const [name = '', value] = flag.split(' ');
  const title = `\\fB${escapeRoff(name)}\\fR${value ? ` \\fI${escapeRoff(value.replace(/[<>]/g, ''))}\\fR` : ''}`;
  const notes = [
    choices?.some((choice) => !help.includes(choice)) && `Values: ${choices?.join(', ')}.`,
    fallback && `Default: ${fallback}.`,
    env && `Environment: ${env}.`,
  ].filter((note) => typeof note === 'string');
  return ['.TP', title, ...prose(sentence(help)), ...notes.flatMap((note) => ['.br', ...prose(note)])];
}

function item(title: string, text: string): string[] {
  return ['.TP', `\\fB${title}\\fR`, ...prose(sentence(text))];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}${text.endsWith(':') ? '' : '.'}`;
}

/** Breaks text into input lines of at most 78 characters, each sentence on lines of its own. */
function prose(text: string): string[] {
  return text.split(/(?<=[.:;]) (?=[A-Z])/).flatMap((sentence) => {
    const lines: string[] = [];
    for (const word of sentence.split(' ')) {
      const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
      if (lines.length > 0 && longer.length <= MAX_LINE) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.map(escapeRoff);
  });
}

/** Before escapes, of which a line has few. */
const MAX_LINE = 66;

/** Takes every character for itself: backslashes, hyphens, and dots and quotes that begin a line. */
function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&');
}
