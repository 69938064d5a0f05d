/** Runs once when the server starts, before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { startStandIns } = await import('./lib/stand-ins.ts');
  await startStandIns();
  // Conversations go on when results come, with or without an open tab.
  const { startRunners } = await import('./lib/runners.ts');
  await startRunners();
}
