import { publishObject } from '../../lib/evidence/publish-object.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { failureOf } from '../../lib/vocabulary/failure.ts';

/** Publishes one object in a process of its own and prints what came of it. Arguments: folder, key, content, instant to begin at. */
const [folder = '', key = '', content = '', at = '0'] = process.argv.slice(2);
const store = createFolderStore(folder);
while (Date.now() < Number(at)) {
  // All publishers begin in the same millisecond.
}
try {
  const outcome = await publishObject(store, key, new TextEncoder().encode(content));
  process.stdout.write(outcome.kind);
} catch (error) {
  process.stdout.write(failureOf(error).code);
}
