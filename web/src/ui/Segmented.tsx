// One of a few, side by side.
type Props<T extends string> = {
  label: string;
  options: { value: T; label: string }[];
  value: T;
  wide?: boolean;
  testId?: string;
  onChange: (value: T) => void;
};

export function Segmented<T extends string>({ label, options, value, wide, testId, onChange }: Props<T>) {
  return (
    <div className={wide ? 'seg wide' : 'seg'} role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          data-testid={testId && `${testId}-${option.value}`}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
