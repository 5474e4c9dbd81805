import { Switch } from '@mantine/core';
import { Loading } from '@sallyport/ui/page';
import { type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useChoices } from '../remoteSupport/actions.ts';
import { ChooseDuration } from '../remoteSupport/ChooseDuration.tsx';
import { ChooseScopes } from '../remoteSupport/ChooseScopes.tsx';
import { choiceOf, scopesOf } from '../remoteSupport/scopes.ts';
import { useWords } from '../strings/index.ts';
import { SettingForm } from './SettingForm.tsx';
import { type Settings, useChangeSettings } from './settings.ts';

/** What Enable suggests when nobody chose otherwise. */
export function GrantDefaults({ settings: { defaults } }: { readonly settings: Settings }): ReactNode {
  const { strings } = useWords();
  const words = strings.settings;
  const { data: choices, error, refetch } = useChoices();
  const [choice, setChoice] = useState(() => choiceOf(defaults.scopes));
  const [forMs, setForMs] = useState<number | undefined>(defaults.forMs);
  const [approval, setApproval] = useState(defaults.approval);
  const [remember, setRemember] = useState(defaults.remember);
  const [tried, setTried] = useState(false);
  const change = useChangeSettings();
  const scopes = scopesOf(choice);
  const save = (): void => {
    setTried(true);
    if (scopes.length === 0 || forMs === undefined) return;
    change.mutate({ defaults: { scopes, forMs, approval, remember } });
  };
  // Until it is known what can be chosen, nothing is offered, nor called impossible.
  if (!choices && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!choices) return <Loading label={strings.loading} shape={[480]} />;
  return (
    <SettingForm title={words.defaults} text={words.defaultsText} change={change} save={save}>
      <ChooseScopes
        runAs={choices.runAs}
        choice={choice}
        change={setChoice}
        empty={tried && scopes.length === 0}
      />
      <ChooseDuration forMs={forMs} change={setForMs} />
      <Switch
        checked={approval}
        onChange={(event) => setApproval(event.currentTarget.checked)}
        label={strings.support.dialog.approval}
      />
      <Switch
        checked={remember}
        onChange={(event) => setRemember(event.currentTarget.checked)}
        label={words.remember}
        description={words.rememberText}
      />
    </SettingForm>
  );
}
