import type { CompletedOption } from './completed-options.ts';

export function renderFish(options: readonly CompletedOption[]): string {
  return [
    '# fish completion for leaktally. leaktally --completion fish > ~/.config/fish/completions/leaktally.fish',
    'complete -c leaktally -f',
    ...options.map(completeCommand),
    '',
  ].join('\n');
}

function completeCommand({ flag, summary, valueName, words, takesFiles }: CompletedOption): string {
  const value =
    valueName === null ? '' : takesFiles ? ' -r -F' : words.length > 0 ? ` -x -a '${words.join(' ')}'` : ' -x';
  const description = summary.replace(/[\\']/g, '\\$&');
  return `complete -c leaktally -l ${flag.slice(2)}${value} -d '${description}'`;
}
