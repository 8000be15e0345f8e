// Sentences that processes, policies and the server write hold amounts and times as machines write them: the reader's locale has its own.
import { amount, dateOnly, fullTime, minorPerMajor } from './format';

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
// What stands behind a sign of a number, a path or a time of day is no amount: "order #1001 USD 20", "10:30 WST".
const AMOUNT = /(?<![\w.,:#/+-])(-?\d{1,15}(?:\.(\d{1,4}))?) ([A-Z]{3})\b/g;
const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})/g;
// Of a century in which anything here can fall: other numbers are written with hyphens too. Nor part of the name of a file.
const DATE = /(?<![\w./-])(?:19|20)\d{2}-\d{2}-\d{2}(?![\w/-]|\.\w)/g;

/** An amount with more decimals than its currency has, such as the price of one token, would lose them: it stays as it is written. */
const whole = (decimals: string | undefined, currency: string) => CURRENCIES.has(currency) && 10 ** (decimals ?? '').length <= minorPerMajor(currency);

const timed = (text: string, say: (ms: number) => string, as: string) => {
  const ms = Date.parse(as);
  return Number.isNaN(ms) ? text : say(ms);
};

/** "Pay 3084.78 USD by 2026-10-06" → "Pay $3,084.78 by Oct 6, 2026". Never of what a customer wrote: that is shown as it was written. */
export const prose = (text: string): string =>
  text
    .replace(AMOUNT, (all, value: string, decimals: string | undefined, currency: string) => (whole(decimals, currency) ? amount(Number(value), currency) : all))
    .replace(INSTANT, (all) => timed(all, fullTime, all))
    .replace(DATE, (all) => timed(all, dateOnly, `${all}T00:00:00Z`));
