import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../../lib/files/compile-cache.ts';

// Loaded before the CDK app: what Node compiles of the CDK's library is a third of a synthesis in which nothing changed.
enableCompileCache(compileCacheFolder);
