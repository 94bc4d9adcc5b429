import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';

/** Sealed bundles. */
export function addEvidenceCommands(program: OperatorCommand, act: Act): void {
  const evidence = program.group('evidence', 'sealed bundles');
  evidence
    .command('verify')
    .description('check a bundle item by item; exit 0 only for a whole one that says PASS')
    .argument('<folder>', 'folder of a bundle')
    .examples('fraudctl evidence verify ./bundle', '(cd bundle && sha256sum -c manifest-sha256.txt)')
    .action(
      act(async (context, folder: string) =>
        (await import('../commands/evidence-verify.ts')).evidenceVerify(context, folder),
      ),
    );
}
