import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';

/** Sealed bundles. */
export function addEvidenceCommands(program: OperatorCommand, act: Act): void {
  const evidence = program.group('evidence', 'sealed bundles');
  evidence
    .command('verify')
    .description('check a bundle item by item; exit 0 only for a whole one that says PASS')
    .argument('<bundle>', 'folder of a bundle, or s3://bucket/prefix at which one was sealed')
    .examples(
      'fraudctl evidence verify ./bundle',
      'fraudctl evidence verify s3://fraud-platform-dev-min-evidence-123456789012/evidence/dev-min/run_control/probe_20260221T020923Z',
      '(cd bundle && sha256sum -c manifest-sha256.txt)',
    )
    .exits({ done: 'the bundle is whole and says PASS', data: 'it is broken, or does not say PASS' })
    .prints('fraudctl/bundle-report/v1')
    .action(
      act(async (context, folder: string) =>
        (await import('../commands/evidence-verify.ts')).evidenceVerify(context, folder),
      ),
    );
}
