import type { LedgerEntry } from './read-ledger.ts';

const sections: readonly (readonly [kind: LedgerEntry['kind'], title: string, about: string])[] = [
  ['blocker', 'Blockers of a burst', 'What keeps the phase M10.F open, and for B1 what to mend.'],
  [
    'veto',
    'Vetoes of a closure',
    'Words of one part; those of several, such as `PARAMETER_HASH`, are among the codes.',
  ],
  ['code', 'Refusals and checks', 'A `*` is what only a run knows: a state, a counter, a status.'],
  ['law', 'Laws of templates', 'Each is broken on purpose in a synthesized template, and found.'],
];
const shownTests = 3;

/** The ledger as a page. Pure. */
export function renderLedger(entries: readonly LedgerEntry[], notRefusals: ReadonlySet<string>): string {
  const cell = (paths: readonly string[]) => paths.map((path) => `\`${path}\``).join('<br>');
  return [
    '# Gate ledger',
    '',
    'Everything that the product can say no with, and the tests that show it saying no. Written by `npm run docs`;',
    '`test/gate-ledger.test.ts` fails for one that no test names in its code: a comment, the title of a test, and a',
    'file that no test imports do not count.',
    ...sections.flatMap(([kind, title, about]) => {
      const own = entries.filter((entry) => entry.kind === kind && !notRefusals.has(entry.code));
      return [
        '',
        `## ${title} (${own.length})`,
        '',
        about,
        '',
        '| code | said by | shown by |',
        '| --- | --- | --- |',
        ...own.map(({ code, sources, tests }) => {
          const shown = tests.length === 0 ? '**none yet**' : cell(tests.slice(0, shownTests));
          return `| \`${code}\` | ${cell(sources)} | ${shown} |`;
        }),
      ];
    }),
    '',
  ].join('\n');
}
