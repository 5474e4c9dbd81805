export { reportHtml } from './html.ts';
export {
  type Deed,
  deedsCap,
  type Report,
  type ReportFormat,
  type ReportLanguage,
  reportFormats,
  reportLanguages,
  reportSchema,
} from './report.ts';
