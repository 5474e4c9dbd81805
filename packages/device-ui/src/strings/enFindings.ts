export type Findings = {
  readonly verdicts: { readonly [code: string]: string };
  readonly advice: { readonly [code: string]: { readonly text: string; readonly next: string } };
};

/** Verdicts and advice of the connection test come from the device in English already. */
export const enFindings: Findings = { verdicts: {}, advice: {} };
