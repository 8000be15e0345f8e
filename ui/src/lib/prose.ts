// Sentences that processes, policies and the server write hold amounts and times as machines write them: the reader's locale has its own.
import { amount, dateOnly, fullTime } from './format';

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const AMOUNT = /(?<![\w.,-])(-?\d{1,15}(?:\.\d{1,4})?) ([A-Z]{3})\b/g;
const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})/g;
const DATE = /(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])/g;

const timed = (text: string, say: (ms: number) => string, as: string) => {
  const ms = Date.parse(as);
  return Number.isNaN(ms) ? text : say(ms);
};

/** "Pay 3084.78 USD by 2026-10-06" → "Pay $3,084.78 by Oct 6, 2026". Never of what a customer wrote: that is shown as it was written. */
export const prose = (text: string): string =>
  text
    .replace(AMOUNT, (all, value: string, currency: string) => (CURRENCIES.has(currency) ? amount(Number(value), currency) : all))
    .replace(INSTANT, (all) => timed(all, fullTime, all))
    .replace(DATE, (all) => timed(all, dateOnly, `${all}T00:00:00Z`));
