// Runs before everything else, so it keeps to syntax that old Nodes can parse.
const NEEDED = [22, 19];

const found = process.versions.node.split('.').map(Number);
const tooOld = found[0] < NEEDED[0] || (found[0] === NEEDED[0] && found[1] < NEEDED[1]);

if (tooOld) {
  console.error(
    `This runs on Node ${process.versions.node}, but the repository needs Node ${NEEDED.join('.')} or newer.\n` +
      'Run "npx -y pnpm@12.21.0 install", which fetches the right Node where there is a build for this platform, or install Node 22 (22.19 or newer) or 24 yourself.',
  );
  process.exit(1);
}
