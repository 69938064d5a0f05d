import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import './styles/base.css';
import './styles/frame.css';
import './styles/chat.css';
import './styles/call.css';
import './styles/tray.css';
import './styles/audit.css';

export const metadata: Metadata = {
  title: 'Latecall chat',
  description: 'A chat whose tools answer later: in seconds, in days, after a restart.',
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
