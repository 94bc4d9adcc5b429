import { layOutBundle } from '../../lib/evidence/format/bundle.ts';
import { publishBundle } from '../../lib/evidence/publish-bundle.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { sampleContent } from './sample-bundle.ts';

/** Publishes the sample bundle and dies at one put. Arguments: folder, number of the put, `before` or `after` it. */
const [folder = '', putText = '0', moment = 'before'] = process.argv.slice(2);
const inner = createFolderStore(folder);
let puts = 0;
const store: typeof inner = {
  ...inner,
  putIfAbsent: async (...parameters) => {
    puts += 1;
    const put = puts;
    if (put === Number(putText) && moment === 'before') process.kill(process.pid, 'SIGKILL');
    const outcome = await inner.putIfAbsent(...parameters);
    if (put === Number(putText)) process.kill(process.pid, 'SIGKILL');
    return outcome;
  },
};
const outcome = await publishBundle(store, 'runs/', layOutBundle(sampleContent()));
process.stdout.write(JSON.stringify({ kind: outcome.kind, puts }));
