// Zoom buttons, scale bar and the attribution of the loaded datasets.
import { IconMinus, IconPlus } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { haversineM } from './geometry';

const SCALE_MAX_PX = 110;

/** The largest round length that fits, and its width in pixels. */
function scaleFor(metresPerPx: number): { metres: number; widthPx: number } {
  const longest = metresPerPx * SCALE_MAX_PX;
  const power = 10 ** Math.floor(Math.log10(longest));
  const metres = ([5, 2, 1].find((step) => step * power <= longest) ?? 1) * power;
  return { metres, widthPx: metres / metresPerPx };
}

export function MapChrome() {
  const { map, catalogue } = useWorkbench();
  const { t, format } = useLocale();
  const [scale, setScale] = useState<{ metres: number; widthPx: number } | null>(null);

  useEffect(() => {
    if (!map) return undefined;
    const measure = () => {
      const y = map.getContainer().clientHeight / 2;
      const [a, b] = [map.unproject([0, y]), map.unproject([100, y])];
      setScale(scaleFor(haversineM(a, b) / 100));
    };
    measure();
    map.on('move', measure);
    return () => {
      map.off('move', measure);
    };
  }, [map]);

  const names = catalogue.datasets.flatMap(({ attribution }) => attribution.replaceAll('©', '').split(','));
  const credits = [...new Set(names.map((name) => name.trim()).filter(Boolean))];
  return (
    <>
      <div className="float zoom">
        <button type="button" className="ib" aria-label={t('tools.zoomIn')} title={t('tools.zoomIn')} onClick={() => map?.zoomIn()}>
          <IconPlus size={16} />
        </button>
        <button type="button" className="ib" aria-label={t('tools.zoomOut')} title={t('tools.zoomOut')} onClick={() => map?.zoomOut()}>
          <IconMinus size={16} />
        </button>
      </div>
      {scale && (
        <div className="scale" style={{ width: scale.widthPx }}>
          {format.distance(scale.metres)}
        </div>
      )}
      {credits.length > 0 && (
        <div className="attribution">
          © {credits.join(', ')}
        </div>
      )}
    </>
  );
}
