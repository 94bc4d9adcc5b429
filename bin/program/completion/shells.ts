import type { CompletedCommand } from './completion-model.ts';
import { renderBash } from './render-bash.ts';
import { renderFish } from './render-fish.ts';
import { renderZsh } from './render-zsh.ts';

/** Shells that completion is made for, with how their script is written. */
export const shells: Readonly<
  Record<'bash' | 'zsh' | 'fish', (commands: readonly CompletedCommand[]) => string>
> = { bash: renderBash, zsh: renderZsh, fish: renderFish };
