import type { CompletedOption } from './completed-options.ts';

/** Works in bash 3.2 too, which macOS has, but without files, since `compopt` came with 4.0. */
export function renderBash(options: readonly CompletedOption[]): string {
  const withValue = options.filter(({ valueName }) => valueName !== null);
  const files = withValue.filter(({ takesFiles }) => takesFiles);
  const fixed = withValue.filter(({ words }) => words.length > 0);
  const other = withValue.filter(({ takesFiles, words }) => !takesFiles && words.length === 0);
  return `# bash completion for leaktally. In ~/.bashrc: eval "$(leaktally --completion bash)"
_leaktally() {
  local typed=\${COMP_WORDS[COMP_CWORD]} option=\${COMP_WORDS[COMP_CWORD-1]} words= word IFS=$' \\t\\n'
  COMPREPLY=()
  # Bash splits --format=json at the equals sign.
  if [[ $typed == '=' ]]; then typed=
  elif [[ $option == '=' ]]; then option=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $option in
${fixed.map(({ flag, words }) => `    ${flag}) words='${words.join(' ')}' ;;`).join('\n')}
    ${patternOf(files)}) compopt -o default 2>/dev/null; return ;;
    ${patternOf(other)}) return ;;
    *) words='${options.map(({ flag }) => flag).join(' ')}' ;;
  esac
  # Not compgen -W, which expands words.
  for word in $words; do
    [[ $word == "$typed"* ]] && COMPREPLY+=("$word")
  done
}
complete -F _leaktally leaktally
`;
}

function patternOf(options: readonly CompletedOption[]): string {
  return options.map(({ flag }) => flag).join('|');
}
