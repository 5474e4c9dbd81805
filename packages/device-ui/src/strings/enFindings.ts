import type { ConnectionTest } from '../connectionTest/withNewest.ts';

export type FirewallFacts = NonNullable<ConnectionTest['firewallFacts']>;
export type Findings = {
  readonly verdicts: { readonly [code: string]: string };
  readonly advice: { readonly [code: string]: { readonly text: string; readonly next: string } };
  /** What has to be allowed, to be copied; undefined where it is as the device says it. */
  readonly firewall?: (facts: FirewallFacts) => string;
};

/** Verdicts, advice and the text for the firewall come from the device in English already. */
export const enFindings: Findings = { verdicts: {}, advice: {} };
