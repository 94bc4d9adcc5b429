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
    .exits({ done: 'the bundle is whole and says PASS', data: 'it is broken, or does not say PASS' })
    .prints('fraudctl/bundle-report/v1')
    .action(
      act(async (context, folder: string) =>
        (await import('../commands/evidence-verify.ts')).evidenceVerify(context, folder),
      ),
    );
}
