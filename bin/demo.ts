import { runFraudctl } from './program/run-fraudctl.ts';

/** What `npm start` shows: an environment, a task run in it, its evidence checked, and what to do next. */
const say = (line: string) => void process.stdout.write(`${line}\n`);

say('1  An environment on this machine: PostgreSQL, the AWS wire, a folder of evidence.');
const up = await runFraudctl(['local', 'up']);
if (up !== 0) process.exit(up);

say('\n2  A one-shot task, launched through a state machine, judged by three sources, sealed.');
const probe = await runFraudctl(['task', 'run', 'probe', '--params', '{"note":"npm start"}']);
if (probe !== 0) process.exit(probe);

say('\n3  What ran so far.');
await runFraudctl(['runs', 'list', '--limit', '5']);

say(`
Next
  npx fraudctl task list                         what can run
  npx fraudctl task run probe --deadline 5s --params '{"linger_ms":60000}'
                                                 see a deadline end a task
  npx fraudctl local down                        stop everything; state stays`);
