import { useQuery } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';

export type Network = paths['/v1/network']['get']['responses'][200]['content']['application/json'];
export type Interface = Network['interfaces'][number];
export type Gateway = Network['gateways'][number];

/** The network as the device has it at the moment. */
export const useNetwork = () =>
  useQuery({ queryKey: ['network'], queryFn: () => answerOf(client.GET('/v1/network')) });
