import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import {
  type Report,
  type ReportFormat,
  type ReportLanguage,
  reportFormats,
  reportHtml,
  reportLanguages,
  reportSchema,
} from '@sallyport/protocol/report';
import { printJson } from '../command/index.ts';
import { fail } from '../errors/index.ts';
import { reasonOf } from '../folder/index.ts';

export const reportTypes: { readonly [format in ReportFormat]: string } = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  json: 'application/json',
};

type Form = { readonly format: ReportFormat; readonly language: ReportLanguage };

/** A report as a file. @throws pdf-impossible */
export async function writeReport(report: Report, { format, language }: Form): Promise<Buffer> {
  if (format === 'json') return Buffer.from(`${JSON.stringify(reportSchema.parse(report), undefined, 2)}\n`);
  const page = reportHtml(report, language);
  if (format === 'html') return Buffer.from(page);
  const { printPdf } = await import('../pdf/index.ts');
  return printPdf(page);
}

export type ReportFlags = {
  readonly json?: boolean;
  readonly out?: string;
  readonly format?: string;
  readonly language?: string;
};

/** The options of the commands called `report`. The ending of the file chooses the format. @throws wrong-use */
export function reportForm({ out, format, language }: ReportFlags): Form {
  const ending = reportFormats.find((one) => out?.toLowerCase().endsWith(`.${one}`));
  return {
    format: choice(format ?? ending ?? 'html', reportFormats, '--format'),
    language: choice(language ?? 'en', reportLanguages, '--language'),
  };
}

function choice<T extends string>(text: string, all: readonly T[], option: string): T {
  const found = all.find((one) => one === text);
  if (found !== undefined) return found;
  throw fail('wrong-use', { details: { what: `${option} is one of ${all.join(', ')}.` } });
}

/** Writes it where the options say. @throws pdf-impossible, wrong-use */
export async function putReport(report: Report, flags: ReportFlags): Promise<void> {
  const form = reportForm(flags);
  const written = await writeReport(report, form);
  const { out } = flags;
  if (out === undefined) {
    process.stdout.write(written);
    return;
  }
  try {
    writeForOneself(out, written);
  } catch (cause) {
    throw fail('wrong-use', { details: { what: `${out} cannot be written: ${reasonOf(cause)}.` }, cause });
  }
  const { grant } = report;
  if (flags.json) printJson({ grant: grant.id, format: form.format, file: out, bytes: written.length });
  else process.stdout.write(`The report of grant ${grant.id} is in ${out}.\n`);
}

/** A file that was there is for this user alone, too, before the report is in it. */
function writeForOneself(path: string, written: Buffer): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    if (fstatSync(file).isFile()) {
      fchmodSync(file, 0o600);
      ftruncateSync(file);
    }
    writeFileSync(file, written);
  } finally {
    closeSync(file);
  }
}
