import { watchEndOfTime } from '../../lib/runtime/end-of-time.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';

/** A task whose main thread never yields: only the watchdog can end it. Arguments: milliseconds to deadline, of grace. */
const [untilDeadline = '0', grace = '0'] = process.argv.slice(2);
const now = Date.now();
watchEndOfTime(instantFromMillis(now + Number(untilDeadline)), now, Number(grace));
process.stdout.write('blocking\n');
for (;;) Math.random();
