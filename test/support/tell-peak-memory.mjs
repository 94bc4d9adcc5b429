import { appendFileSync } from 'node:fs';

// Loaded before a task's program: where it is told to, one line at its end says what it has needed.
const file = new URL(import.meta.url).searchParams.get('file');
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const task = process.argv[2] ?? 'a thread of a task';
  appendFileSync(
    file,
    `${JSON.stringify({ task, peak_bytes: maxRSS * 1_024, cpu_seconds: (userCPUTime + systemCPUTime) / 1e6 })}\n`,
  );
});
