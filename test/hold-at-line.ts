// For `node --import`: as soon as the process has printed a line with HOLD_AT in it, it does nothing any more. Whoever
// reads the line can kill it at this very point.
import { writeSync } from 'node:fs';

const { HOLD_AT } = process.env;
const { stdout } = process;
const write = stdout.write.bind(stdout);

stdout.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
  if (HOLD_AT === undefined || !String(chunk).includes(HOLD_AT)) return write(chunk, ...(rest as []));
  writeSync(stdout.fd, chunk as string);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return true;
};
