import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type AppProps, type IPolicyValidationPlugin, Validations } from 'aws-cdk-lib';
import { z } from 'zod';
import { recordCheckers } from './checks/checkers-record.ts';

const projectFile = join(import.meta.dirname, '..', '..', 'cdk.json');
const projectSchema = z.object({ context: z.record(z.string(), z.json()) });

/**
 * The app with the project's feature flags, which decide what templates look like, and its checkers, each of which
 * leaves word that it ran. The CLI reads the flags from `cdk.json` as well; here they hold for tests and scripts
 * too, so that what is tested is what is deployed.
 */
export function createPlatformApp(
  props: AppProps = {},
  checkers: (app: App) => readonly IPolicyValidationPlugin[] = () => [],
): App {
  const { context } = projectSchema.parse(JSON.parse(readFileSync(projectFile, 'utf8')));
  const app = new App({ ...props, context: { ...context, ...props.context } });
  Validations.of(app).addPlugins(...recordCheckers(app.outdir, checkers(app)));
  return app;
}
