// The browser tests: `pnpm test:browser`. They need a Chromium and a build of examples/next-chat, which they make.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'browser',
    include: ['examples/next-chat/test/browser/*.test.ts'],
    globalSetup: 'examples/next-chat/test/browser/build-app.ts',
    testTimeout: 90_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
