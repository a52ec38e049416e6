// Editing a record: each change names the version it is based on; if someone was faster, the answer shows
// both values and the user decides.
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { ApiProblem, answerOf, api, ifMatch } from '../api/client';
import { accountQuery, queryClient } from '../api/queries';
import type { Account, AccountPatch } from '../api/types';
import { useLocale } from '../i18n/useLocale';
import { showToast } from '../ui/toast';
import { keepAccount } from './usePlaceEdit';

export type Conflict = {
  patch: AccountPatch;
  current: Account;
  differences: { field: string; yours: unknown; theirs: unknown }[];
};

/** Whether the edit touches that field; the owner is read as `owner` and written as `owner_id`. */
const concerns = (patch: AccountPatch, field: string): boolean =>
  field in patch || (field === 'owner' && 'owner_id' in patch);

export function useAccountEdit(account: Account) {
  const { t } = useLocale();
  const params = { path: { id: account.id } };
  const [conflict, setConflict] = useState<Conflict | null>(null);
  // What the field that is open was read from. News from the server must not pass for having been seen.
  const base = useRef(account.version);

  const patching = useMutation({
    mutationFn: ({ patch, version }: { patch: AccountPatch; version: number }) =>
      answerOf(
        api.PATCH('/api/v1/accounts/{id}', { params, body: patch, headers: ifMatch(version) }),
      ) as Promise<Account>,
    onSuccess: (saved) => {
      setConflict(null);
      keepAccount(saved);
    },
    onError: (error, { patch }) => {
      const problem = error instanceof ApiProblem ? error.problem : null;
      if (problem?.status !== 412 || !problem.current) return;
      const differences = (problem.differences ?? []).filter(({ field }) => concerns(patch, field));
      // Someone changed other fields: both edits can stand.
      if (differences.length === 0) patching.mutate({ patch, version: problem.current.version });
      else setConflict({ patch, current: problem.current, differences });
    },
  });

  const removing = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/accounts/{id}', { params, headers: ifMatch(account.version) }),
      ) as Promise<Account>,
    onSuccess: (gone) => {
      keepAccount(gone);
      showToast({
        tone: 'plain',
        text: t('inspector.deletedToast', { name: gone.name }),
        action: { label: t('app.undo'), run: () => restoring.mutate() },
      });
    },
    onError: (error) => showToast({ tone: 'bad', text: error.message || t('states.problem') }),
  });

  const restoring = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/accounts/{id}/restore', { params })) as Promise<Account>,
    onSuccess: (back) => {
      keepAccount(back);
      showToast({ tone: 'plain', text: t('inspector.restoredToast', { name: back.name }) });
    },
    onError: (error) => showToast({ tone: 'bad', text: error.message || t('states.problem') }),
  });

  return {
    conflict,
    error: conflict ? null : patching.error,
    busy: patching.isPending || removing.isPending || restoring.isPending,
    /** A field is opened; it shows the record as it is now. */
    opened: () => {
      base.current = account.version;
    },
    save: (patch: AccountPatch) => patching.mutate({ patch, version: base.current }),
    keepTheirs: () => {
      if (conflict) queryClient.setQueryData(accountQuery(account.id).queryKey, conflict.current);
      setConflict(null);
      patching.reset();
    },
    useMine: () => {
      if (conflict) patching.mutate({ patch: conflict.patch, version: conflict.current.version });
    },
    remove: () => removing.mutate(),
    restore: () => restoring.mutate(),
  };
}
