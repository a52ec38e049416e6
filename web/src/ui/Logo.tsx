// The mark and the name.
export function Logo() {
  return (
    <span className="logo">
      <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
        <path d="M11 1.2 19.5 6v10L11 20.8 2.5 16V6z" fill="var(--ink)" />
        <circle cx="11" cy="11" r="4.1" fill="none" stroke="var(--inv)" strokeWidth="2.2" />
        <circle cx="15.1" cy="8" r="2.1" fill="var(--point)" stroke="var(--ink)" />
      </svg>
      GeoCRM
    </span>
  );
}
