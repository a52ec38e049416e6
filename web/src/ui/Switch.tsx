// On or off.
export function Switch(props: { on: boolean; label: string; testId?: string; onChange: (on: boolean) => void }) {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={props.on}
      aria-label={props.label}
      data-testid={props.testId}
      onClick={() => props.onChange(!props.on)}
    />
  );
}
