// The frame of the two pages outside the map: one card, with language and theme to choose.
import type { ReactNode } from 'react';
import { Logo } from '../ui/Logo';
import { LanguageSwitch, ThemeSwitch } from './Preferences';

export function LonePage({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <main className="lone">
      <section className="lone-card">
        <div className="lone-head">
          <Logo />
          <span className="grow" />
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
        <h1>{title}</h1>
        <p className="muted">{text}</p>
        {children}
      </section>
    </main>
  );
}
