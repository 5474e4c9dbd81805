import { useWords } from '../strings/index.ts';
import type { Advice, ConnectionTest } from './withNewest.ts';

type Details = Advice['details'];

const fill = (sentence: string, details: Details): string =>
  sentence.replace(/\{(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(details, name) ? String(details[name]) : '?',
  );

/** What a test found, in the reader's language where there are such. */
export function useFindings(): {
  readonly verdictText: (verdict: NonNullable<ConnectionTest['verdict']>) => string;
  readonly adviceText: (advice: Advice) => { readonly text: string; readonly next: string };
  readonly firewallText: (test: ConnectionTest) => string | null;
} {
  const { verdicts, advice: own, firewall: say } = useWords().strings.findings;
  return {
    verdictText: ({ code, text, details }) => {
      const sentence = Object.hasOwn(verdicts, code) ? verdicts[code] : undefined;
      return sentence === undefined ? text : fill(sentence, details);
    },
    adviceText: ({ code, text, next, details }) => {
      const row = Object.hasOwn(own, code) ? own[code] : undefined;
      return row ? { text: fill(row.text, details), next: fill(row.next, details) } : { text, next };
    },
    firewallText: ({ firewall, firewallFacts }) => (firewallFacts && say ? say(firewallFacts) : firewall),
  };
}
