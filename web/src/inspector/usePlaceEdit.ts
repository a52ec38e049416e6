// Moving a pin and finding the place again: edits of a record's position, with Undo.
import { useMutation } from '@tanstack/react-query';
import { answerOf, api, ifMatch } from '../api/client';
import { accountsChanged } from '../api/live';
import { accountQuery, queryClient } from '../api/queries';
import type { Account, Position } from '../api/types';
import { useLocale } from '../i18n/useLocale';
import { showToast } from '../ui/toast';

type Pin = { accountId: string; version: number; from: Position; accountName: string };

export function keepAccount(account: Account): void {
  queryClient.setQueryData(accountQuery(account.id).queryKey, account);
  void queryClient.invalidateQueries({ queryKey: ['account', account.id, 'history'] });
  accountsChanged();
}

const put = (pin: Pick<Pin, 'accountId' | 'version'>, to: Position) =>
  answerOf(
    api.PUT('/api/v1/accounts/{id}/place', {
      params: { path: { id: pin.accountId } },
      body: to,
      headers: ifMatch(pin.version),
    }),
  ) as Promise<Account>;

export function usePlaceEdit() {
  const { t, code } = useLocale();
  const failed = (error: Error) => showToast({ text: error.message || t('states.problem'), tone: 'bad' });

  const back = useMutation({
    mutationFn: ({ account, to }: { account: Account; to: Position }) =>
      put({ accountId: account.id, version: account.version }, to),
    onSuccess: keepAccount,
    onError: failed,
  });
  const moving = useMutation({
    mutationFn: ({ pin, to }: { pin: Pin; to: Position }) => put(pin, to),
    onSuccess: (account, { pin }) => {
      keepAccount(account);
      showToast({
        tone: 'plain',
        text: t('inspector.movedToast', { name: account.name }),
        action: { label: t('app.undo'), run: () => back.mutate({ account, to: pin.from }) },
      });
    },
    onError: failed,
  });
  const geocoding = useMutation({
    mutationFn: (account: Account) =>
      answerOf(
        api.POST('/api/v1/accounts/{id}/geocode', {
          params: { path: { id: account.id } },
          headers: ifMatch(account.version),
        }),
      ) as Promise<Account>,
    onSuccess: (account) => {
      keepAccount(account);
      const state = code('place_state', account.place_state);
      showToast({ tone: 'plain', text: t('inspector.geocodedToast', { state }) });
    },
    onError: failed,
  });

  return {
    move: (pin: Pin, to: Position) => moving.mutate({ pin, to }),
    geocode: (account: Account) => geocoding.mutate(account),
    busy: moving.isPending || geocoding.isPending,
  };
}
