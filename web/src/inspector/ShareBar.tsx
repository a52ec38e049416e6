// Parts of a whole as one bar in the map's colours, the larger ones named beneath.
import type { CodeCount } from '../api/types';
import { useTheme } from '../app/theme';
import { useLocale } from '../i18n/useLocale';
import { type CodeColours, UNSPECIFIED } from '../map/style/palette';

type Props = { title: string; dimension: string; parts: CodeCount[]; colours: Record<'light' | 'dark', CodeColours> };

const NAMED = 4;

export function ShareBar({ title, dimension, parts, colours }: Props) {
  const theme = useTheme();
  const { t, code, format } = useLocale();
  const sorted = [...parts].filter((part) => part.count > 0).sort((a, b) => b.count - a.count);
  const total = sorted.reduce((sum, part) => sum + part.count, 0);
  if (total === 0) return null;
  const colour = (part: CodeCount) => (part.code && colours[theme][part.code]) || UNSPECIFIED[theme];
  const name = (part: CodeCount) => (part.code ? code(dimension, part.code) : t('layers.notSpecified'));
  return (
    <div className="share">
      <p className="tiny muted">{title}</p>
      <div className="share-bar" aria-hidden>
        {sorted.map((part) => (
          <i key={part.code ?? ''} title={name(part)} style={{ flexGrow: part.count, background: colour(part) }} />
        ))}
      </div>
      <ul className="share-names">
        {sorted.slice(0, NAMED).map((part) => (
          <li key={part.code ?? ''}>
            <i className="swatch little" style={{ background: colour(part) }} />
            {name(part)} <span className="muted">{format.count(part.count)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
