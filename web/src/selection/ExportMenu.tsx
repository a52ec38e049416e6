// Writes the selected records to a file and shows the receipt: query, version, rows and hash.
import { Popover } from '@mantine/core';
import { IconDownload, IconFileSpreadsheet } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, answerOf, api } from '../api/client';
import type { ExportFormat, ExportReceipt, Where } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { whereOf } from '../filters/where';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';

const FORMATS: ExportFormat[] = ['csv', 'xlsx', 'geojson', 'gpkg'];

function Receipt({ made, onAgain }: { made: ExportReceipt; onAgain: () => void }) {
  const { t, format } = useLocale();
  const rerun = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/exports/{id}/rerun', { params: { path: { id: made.id } } })),
  });
  const changed = rerun.error instanceof ApiProblem && rerun.error.status === 409
    ? rerun.error.problem
    : null;
  return (
    <div className="receipt" data-testid="export-receipt">
      <h3>{t('exports.done')}</h3>
      <dl className="facts">
        <dt>{t('exports.file')}</dt>
        <dd className="clip" title={made.file_name}>{made.file_name}</dd>
        <dt>{t('exports.rows')}</dt>
        <dd data-testid="export-rows">{format.count(made.rows)}</dd>
        <dt>{t('exports.size')}</dt>
        <dd>{format.bytes(made.bytes)}</dd>
        <dt>{t('exports.version')}</dt>
        <dd>{made.data_version}</dd>
        <dt>{t('exports.sha')}</dt>
        <dd className="hash">{made.sha256}</dd>
      </dl>
      {rerun.data && <p className="small good-text" data-testid="export-same">{t('exports.same')}</p>}
      {changed && (
        <p className="small warn-text" data-testid="export-changed">
          {t('exports.changed', { added: changed.added ?? 0, gone: changed.gone ?? 0, changed: changed.changed ?? 0 })}
        </p>
      )}
      {rerun.error && !changed && <ProblemCard error={rerun.error} />}
      <div className="row wrap">
        <a className="btn primary tight" href={made.url} download={made.file_name} data-testid="export-download">
          {t('exports.download')}
        </a>
        <button type="button" className="btn tight" disabled={rerun.isPending} data-testid="export-verify" onClick={() => rerun.mutate()}>
          {t('exports.verify')}
        </button>
        <button type="button" className="btn ghost tight" data-testid="export-another" onClick={onAgain}>
          {t('exports.another')}
        </button>
      </div>
    </div>
  );
}

export function ExportMenu() {
  const { selection, parts, filter } = useWorkbench();
  const { t, locale } = useLocale();
  const [open, setOpen] = useState(false);
  const write = useMutation({
    mutationFn: (format: ExportFormat) => {
      const where: Where = whereOf(selection, parts);
      // The stored filter is what the receipt names; without parts left out it is the whole question.
      const body = Object.keys(parts).length === 0 && filter.hash ? { f: filter.hash } : where;
      return answerOf(
        api.POST('/api/v1/exports', { body: { cube: 'accounts', format, locale, ...body } }),
      ) as Promise<ExportReceipt>;
    },
  });
  return (
    <Popover opened={open} onChange={setOpen} position="top" shadow="none" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className="btn ghost" aria-haspopup="dialog" aria-expanded={open} data-testid="export-menu" onClick={() => setOpen(!open)}>
          <IconDownload size={16} />
          {t('selection.export')}
        </button>
      </Popover.Target>
      <Popover.Dropdown className="menu" aria-label={t('exports.title')}>
        {write.data ? (
          <Receipt made={write.data} onAgain={() => write.reset()} />
        ) : (
          <div className="menu-list">
            {FORMATS.map((format) => (
              <button
                key={format}
                type="button"
                className="menu-row"
                disabled={write.isPending}
                data-testid={`export-${format}`}
                onClick={() => write.mutate(format)}
              >
                <IconFileSpreadsheet size={16} />
                <span className="grow">
                  {write.isPending && write.variables === format
                    ? t('exports.running', { name: t(`exports.${format}`) })
                    : t(`exports.${format}`)}
                </span>
                <kbd>.{format}</kbd>
              </button>
            ))}
            {write.error && <ProblemCard error={write.error} />}
          </div>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
