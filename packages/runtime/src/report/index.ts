export { putReport, type ReportFlags, reportForm, reportTypes, writeReport } from './write.ts';
