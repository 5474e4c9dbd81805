import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { wrongIn } from '../api/fieldErrors.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { prefixOf } from './mask.ts';
import classes from './network.module.css';
import { type Interface, type Network, useBeginTrial } from './network.ts';
import { isTooLong, serversIn, type Values, valuesOf, wishOf } from './wish.ts';

export type ChangeInterfaceProps = {
  readonly one: Interface;
  readonly network: Network;
  readonly close: () => void;
};

/** Address, mask, gateway and DNS servers of one network port, by hand or by DHCP. */
export function ChangeInterface({ one, network, close }: ChangeInterfaceProps): ReactNode {
  const { strings } = useWords();
  const words = strings.network.change;
  const [values, setValues] = useState(() => valuesOf(one, network));
  const begin = useBeginTrial();
  const set = (name: keyof Values) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setValues((before) => ({ ...before, [name]: value }));
  };
  const prefix = prefixOf(values.mask);
  const [tried, setTried] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const ipv4 = wishOf(values);
    if (ipv4) begin.mutate({ interface: one.name, ipv4 }, { onSuccess: close });
  };
  const wrong = wrongIn(begin.error, ['network-value-wrong']);
  const errorAt = (field: 'address' | 'gateway' | 'dns'): string | undefined => {
    if (tried && isTooLong(values[field])) return words.wrong['no-address'];
    if (wrong?.details['field'] !== field) return undefined;
    const reasons: { readonly [reason: string]: string } = words.wrong;
    return reasons[String(wrong.details['reason'])] ?? wrong.message;
  };
  const field = (name: 'address' | 'gateway' | 'dns') => ({
    label: words[name],
    value: values[name],
    onChange: set(name),
    error: errorAt(name),
  });
  return (
    <form onSubmit={submit} noValidate className={classes['form']}>
      <Stack gap="md">
        <Radio.Group
          value={values.method}
          onChange={(method) =>
            setValues((before) => ({ ...before, method: method === 'dhcp' ? 'dhcp' : 'hand' }))
          }
          aria-label={words.method}
        >
          <Group gap="lg">
            <Radio value="dhcp" label={words.dhcp} />
            <Radio value="hand" label={words.hand} />
          </Group>
        </Radio.Group>
        {values.method === 'hand' && (
          <>
            <TextInput {...field('address')} inputMode="decimal" />
            <TextInput
              label={words.mask}
              description={words.maskText}
              value={values.mask}
              onChange={set('mask')}
              error={tried && prefix === undefined ? words.wrong.mask : undefined}
            />
            <TextInput {...field('gateway')} description={words.gatewayText} inputMode="decimal" />
            <TextInput
              {...field('dns')}
              description={words.dnsText}
              {...(tried && serversIn(values.dns).length > 3 ? { error: words.wrong.many } : {})}
            />
          </>
        )}
        <Text size="sm" c="dimmed">
          {words.takenBack}
        </Text>
        {!wrong && <Failed error={begin.error} />}
        <Group gap="sm">
          <Act type="submit" loading={begin.isPending}>
            {words.apply}
          </Act>
          <Button variant="default" onClick={close}>
            {words.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
