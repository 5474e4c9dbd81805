export {
  adviceInCode,
  type ConnectionSummary,
  decodeConnection,
  encodeConnection,
  portsInCode,
} from './code.ts';
export {
  type AdviceCode,
  type AdviceRow,
  advices,
  type FindingRow,
  fillSentence,
  type PortStep,
  portSteps,
  portStepTexts,
  type VerdictCode,
  verdicts,
} from './verdicts.ts';
