import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { wrongIn } from '../api/fieldErrors.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { maskOf, prefixOf } from './mask.ts';
import classes from './network.module.css';
import { type Interface, type Network, useBeginTrial, type Wish } from './network.ts';

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
  const errorAt = (field: string): string | undefined => {
    if (wrong?.details['field'] !== field) return undefined;
    const reasons: { readonly [reason: string]: string } = words.wrong;
    return reasons[String(wrong.details['reason'])] ?? wrong.message;
  };
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
            <TextInput
              label={words.address}
              value={values.address}
              onChange={set('address')}
              inputMode="decimal"
              error={errorAt('address')}
            />
            <TextInput
              label={words.mask}
              description={words.maskText}
              value={values.mask}
              onChange={set('mask')}
              error={tried && prefix === undefined ? words.wrong.mask : undefined}
            />
            <TextInput
              label={words.gateway}
              description={words.gatewayText}
              value={values.gateway}
              onChange={set('gateway')}
              inputMode="decimal"
              error={errorAt('gateway')}
            />
            <TextInput
              label={words.dns}
              description={words.dnsText}
              value={values.dns}
              onChange={set('dns')}
              error={tried && serversIn(values.dns).length > 3 ? words.wrong.many : errorAt('dns')}
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

type Values = {
  readonly method: 'dhcp' | 'hand';
  readonly address: string;
  readonly mask: string;
  readonly gateway: string;
  readonly dns: string;
};

const serversIn = (text: string): string[] => text.split(/[\s,;]+/).filter((word) => word !== '');

function valuesOf({ name, addresses }: Interface, { gateways, dns }: Network): Values {
  const own = addresses.find(({ family }) => family === 4);
  return {
    method: own?.by === 'hand' ? 'hand' : 'dhcp',
    address: own?.address ?? '',
    mask: maskOf(own?.prefix ?? 24),
    gateway: gateways.find((one) => one.interface === name && one.family === 4)?.address ?? '',
    dns: dns
      .map(({ address }) => address)
      .filter((address) => !address.includes(':'))
      .join(', '),
  };
}

function wishOf({ method, address, mask, gateway, dns }: Values): Wish['ipv4'] | undefined {
  if (method === 'dhcp') return { method };
  const prefix = prefixOf(mask);
  const servers = serversIn(dns);
  if (prefix === undefined || servers.length > 3) return undefined;
  return {
    method,
    address: address.trim().slice(0, 15),
    prefix,
    gateway: gateway.trim() === '' ? null : gateway.trim().slice(0, 15),
    dns: servers.map((server) => server.slice(0, 15)),
  };
}
