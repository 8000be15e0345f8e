// Every number links to the cases behind it.
import type { Behind, Report } from '@/api/performance';

/** How the address names cases in which no need was recognised. */
export const NO_INTENT = '-';

/** The search of an address that shows the cases behind a figure of a report. */
export const toCases = (report: Report, wanted: Behind): Behind => ({ since_ms: String(report.since_ms), until_ms: String(report.until_ms), ...wanted });
