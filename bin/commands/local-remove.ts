import { stopLocalCloud } from '../../lib/local-cloud/control.ts';
import { partName, removeState, stateOfHome } from '../../lib/local-cloud/remove-home.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { ShapedResult } from '../terminal/output.ts';
import { sizeText } from '../terminal/size-text.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { localHome } from './open-environment.ts';
import { requireLocal } from './require-local.ts';

/**
 * `fraudctl local remove`: the local environment with everything it kept, its evidence included. A dry run
 * unless `--yes`. Refuses like `local down` while executions run.
 */
export async function localRemove(
  context: CommandContext,
  options: { readonly yes: boolean; readonly force: boolean },
): Promise<number> {
  requireLocal(context, 'local remove', 'Leave out --env; an environment of AWS goes with npx cdk destroy.');
  const home = localHome();
  const parts = await stateOfHome(home);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const table = renderTable(
    ['size', `of ${home}`],
    parts.map((part) => [sizeText(part.bytes), partName(home, part)]),
  );
  const object: ShapedResult = {
    schema: 'fraudctl/local-remove/v1',
    home,
    dry_run: !options.yes,
    bytes: total,
    parts: parts.map((part) => ({ ...part })),
  };
  if (!options.yes) {
    const hint = `dry run: ${sizeText(total)}, evidence included; nothing was removed. Do it with --yes`;
    context.output.result(`${table}\n${hint}`, object);
    return exitCodes.done;
  }
  await stopLocalCloud(home, options.force);
  await removeState(home, parts);
  context.output.result(`${table}\nremoved ${sizeText(total)}`, object);
  return exitCodes.done;
}
