import type { Shell } from '../../options/setting.ts';
import { renderBash } from './bash.ts';
import { completedOptions } from './completed-options.ts';
import { renderFish } from './fish.ts';
import { renderZsh } from './zsh.ts';

/**
 * Renders a script that completes options, their fixed values and files. It is static, and nothing in it evaluates what
 * has been typed, which may have been pasted from anywhere.
 */
export function renderCompletion(shell: Shell): string {
  const options = completedOptions();
  switch (shell) {
    case 'bash':
      return renderBash(options);
    case 'zsh':
      return renderZsh(options);
    case 'fish':
      return renderFish(options);
  }
}
