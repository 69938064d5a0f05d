import { coordination, coordinationUsage } from './coordination/coordination.ts';

const [command = '', ...args] = process.argv.slice(2);

/** Each says whether its targets were met. Loaded when asked for: each measures in a process of its own. */
const commands: Readonly<Record<string, () => Promise<boolean>>> = {
  coordination: () => coordination(args),
  overhead: async () => (await import('./overhead/overhead.ts')).overhead(args),
  scale: async () => (await import('./scale/scale.ts')).scale(args),
  waiting: async () => (await import('./waiting/waiting.ts')).waiting(args),
  report: async () => (await import('./report/report.ts')).report(),
};

const run = commands[command];
if (run === undefined) {
  console.error(`Usage: pnpm bench <${Object.keys(commands).join('|')}>\n\n${coordinationUsage}`);
  process.exitCode = 2;
} else if (!(await run())) process.exitCode = 1;
