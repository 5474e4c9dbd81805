/**
 * A moment as people read it, to the minute: `2027-01-31 08:05 UTC`. Programs get ISO 8601 instead.
 *
 * @param when milliseconds since 1970, or ISO 8601
 */
export function formatMoment(when: number | string): string {
  return `${new Date(when).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
