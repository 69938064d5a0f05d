import type { NextConfig } from 'next';

const config: NextConfig = {
  // In this repository the packages are TypeScript sources; installed from npm they need no entry here.
  transpilePackages: [
    '@latecall/ai-sdk',
    '@latecall/core',
    '@latecall/langchain',
    '@latecall/react',
    '@latecall/stores',
    '@latecall/web',
  ],
  distDir: process.env.LATECALL_CHAT_DIST ?? '.next',
  devIndicators: false,
  allowedDevOrigins: ['127.0.0.1'],
};

export default config;
