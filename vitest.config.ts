import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}'],
          testTimeout: 30_000,
          typecheck: {
            enabled: true,
            include: ['packages/*/src/**/*.test-d.{ts,tsx}'],
            tsconfig: 'tsconfig.test.json',
          },
        },
      },
      { extends: true, test: { name: 'integration', include: ['test/**/*.test.ts'], testTimeout: 30_000 } },
    ],
    env: { AI_SDK_LOG_WARNINGS: 'false' },
  },
});
