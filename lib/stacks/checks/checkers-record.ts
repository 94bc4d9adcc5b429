import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { IPolicyValidationPlugin } from 'aws-cdk-lib';
import { z } from 'zod';
import { sha256Of } from '../../evidence/format/digest.ts';

/** Of each checker that ran: the templates that it was given, by their path in the assembly, and their SHA-256. */
export const checkersRecordSchema = z.record(z.string(), z.record(z.string(), z.string()));
export type CheckersRecord = z.infer<typeof checkersRecordSchema>;

/** Where the checkers of an assembly leave their word. */
export const checkersRecordFile = (assembly: string): string => join(assembly, 'checkers.json');

/**
 * Makes each checker leave word in the assembly that it ran, and on which templates. The report of the library names
 * only checkers that found something: one that ran and found nothing looks there like one that was never asked.
 */
export function recordCheckers<Checker extends IPolicyValidationPlugin>(
  assembly: string,
  checkers: readonly Checker[],
): readonly Checker[] {
  const record: CheckersRecord = {};
  rmSync(checkersRecordFile(assembly), { force: true });
  for (const checker of checkers) {
    const validate = checker.validate.bind(checker);
    // In place: the library knows its own validator by its class.
    checker.validate = (context) => {
      const report = validate(context);
      const given = context.templatePaths.map((path) => [
        relative(assembly, path),
        sha256Of(readFileSync(path)),
      ]);
      record[checker.name] = { ...record[checker.name], ...Object.fromEntries(given) };
      writeFileSync(checkersRecordFile(assembly), JSON.stringify(record));
      return report;
    };
  }
  return checkers;
}
