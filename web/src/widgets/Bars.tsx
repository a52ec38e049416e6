// Category bars; each row is a button that filters. Chosen rows are strong, the others pale beside them.
export type BarRow = {
  key: string;
  label: string;
  value: number;
  text: string;
  chosen: boolean;
  colour?: string;
};

type Props = {
  rows: BarRow[];
  hint: (label: string) => string;
  onPick: (key: string, add: boolean) => void;
  testId?: string;
};

export function Bars({ rows, hint, onPick, testId }: Props) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  const some = rows.some((row) => row.chosen);
  return (
    <ul className="bars">
      {rows.map((row) => (
        <li key={row.key}>
          <button
            type="button"
            className="bar-row"
            aria-pressed={row.chosen}
            title={hint(row.label)}
            data-testid={testId && `${testId}-${row.key}`}
            onClick={(event) => onPick(row.key, event.shiftKey || event.metaKey || event.ctrlKey)}
          >
            <span className={row.chosen ? 'clip strong' : 'clip'}>{row.label}</span>
            <span className="bar-track">
              <i
                style={{
                  width: `${(row.value / most) * 100}%`,
                  background: row.colour ?? (some && !row.chosen ? 'var(--bar2)' : 'var(--bar)'),
                }}
              />
            </span>
            <span className={row.chosen ? 'num strong' : 'num'}>{row.text}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
