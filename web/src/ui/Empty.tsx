// An empty state: the reason, and the one thing that would change it.
import type { ReactNode } from 'react';

export function Empty(props: { icon: ReactNode; title: string; text: string; action?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon">{props.icon}</span>
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      {props.action}
    </div>
  );
}
