import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { derivedValuesFolder } from '../../lib/files/derived-values.ts';

/**
 * Loaded before the CDK app: what Node compiles of the CDK's library is a third of a synthesis in which
 * nothing changed. Node keys what it keeps by the source and by its own version.
 */
enableCompileCache(join(derivedValuesFolder, 'compiled'));
