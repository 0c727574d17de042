import type { CompletedOption } from './completed-options.ts';

/** Works when it is evaluated, and as a file `_leaktally` in a folder of `fpath`. */
export function renderZsh(options: readonly CompletedOption[]): string {
  return `#compdef leaktally
# zsh completion for leaktally. In ~/.zshrc after compinit: eval "$(leaktally --completion zsh)"
_leaktally() {
  _arguments -S \\
${options.map((option) => `    '${argumentOf(option)}'`).join(' \\\n')}
}
if [[ $funcstack[1] == _leaktally ]]; then
  _leaktally "$@"
else
  compdef _leaktally leaktally
fi
`;
}

/** In the form of `_arguments`: `--format=[form of the report]:format:(table json csv)`. */
function argumentOf({ flag, summary, valueName, words, takesFiles, repeats }: CompletedOption): string {
  const description = summary.replace(/[[\]\\:]/g, '\\$&').replaceAll("'", "'\\''");
  const beginning = `${repeats ? '*' : ''}${flag}${valueName === null ? '' : '='}[${description}]`;
  if (valueName === null) return beginning;
  const action = takesFiles ? '_files' : words.length > 0 ? `(${words.join(' ')})` : ' ';
  return `${beginning}:${valueName}:${action}`;
}
