// Tabs over a panel, moved through with the arrow keys.
import { type KeyboardEvent, type ReactNode, useId } from 'react';

type Props<T extends string> = {
  label: string;
  tabs: { value: T; label: string; badge?: number }[];
  value: T;
  onChange: (value: T) => void;
  after?: ReactNode;
  children: ReactNode;
};

export function Tabs<T extends string>({ label, tabs, value, onChange, after, children }: Props<T>) {
  const id = useId();
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.value === value);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.value);
    document.getElementById(`${id}-${next.value}`)?.focus();
    event.preventDefault();
  };
  return (
    <>
      <h2 className="sr-only">{label}</h2>
      <div className="tabs">
        <div className="tab-list" role="tablist" aria-label={label} onKeyDown={onKey} tabIndex={-1}>
          {tabs.map((tab) => (
            <button
              key={tab.value}
              type="button"
              role="tab"
              id={`${id}-${tab.value}`}
              aria-selected={tab.value === value}
              aria-controls={`${id}-panel`}
              tabIndex={tab.value === value ? 0 : -1}
              data-testid={`tab-${tab.value}`}
              onClick={() => onChange(tab.value)}
            >
              {tab.label}
              {tab.badge ? <span className="badge">{tab.badge}</span> : null}
            </button>
          ))}
        </div>
        {after}
      </div>
      <div className="scroll" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} tabIndex={-1}>
        {children}
      </div>
    </>
  );
}
