// What models and people cost, as the console says it: amounts come as exact decimal texts, and "not known" is never zero.

export interface Cost {
  amount: string;
  currency: string;
}
export interface Spending extends Cost {
  per_attempt: string | null;
  per_resolution: string | null;
}
/** What somebody costs an hour. `priced`: whether a price of it is known; null where there is nothing to pay. */
export interface HourCost {
  hour: Cost[];
  unpriced: number;
  uncounted: number;
  priced?: boolean | null;
  people_hour?: Cost | null;
}

export const NO_PRICE = 'no price configured';
export const SET_PRICE = 'Give the model a price: "price" under "model" in the agent\'s file of the blueprint, or serve with --model-price';
export const NO_RATE = 'no cost per hour set';
export const SET_RATE = 'Set "costs: people_per_hour" in blueprint.yaml, by the client\'s parameter people_per_hour';

const locale = navigator.language || 'en';
// Below one unit an exchange with a model would read as nothing: three digits that say something.
const SMALL: Intl.NumberFormatOptions = { maximumSignificantDigits: 3 };

/** "$0.00045", by the reader's locale; the exact text belongs into a title. */
export function costText({ amount, currency }: Cost): string {
  const value = Number(amount);
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, ...(value !== 0 && Math.abs(value) < 1 && SMALL) }).format(value);
  } catch {
    return `${amount} ${currency}`;
  }
}
export const exactly = (all: Cost[]) => all.map((one) => `${one.amount} ${one.currency}`).join(' + ');

/** What a sum of costs reads as: each currency by itself, in words where there is no price, a dash where nothing was asked. */
export function costsText(all: Cost[], unpriced: number, uncounted = 0): string {
  if (all.length === 0) return unpriced > 0 ? NO_PRICE : uncounted > 0 ? 'not counted' : '—';
  return all.map(costText).join(' + ') + (unpriced + uncounted > 0 ? ' and more' : '');
}
export const costsTitle = (all: Cost[], unpriced: number) => (unpriced > 0 ? `${all.length > 0 ? `${exactly(all)}. ` : ''}${unpriced} exchanges: ${NO_PRICE}. ${SET_PRICE}` : exactly(all));

/** One of the shares of a spending, as costs. */
export const sharesOf = (all: Spending[], which: 'amount' | 'per_attempt' | 'per_resolution'): Cost[] =>
  all.flatMap((one) => (one[which] === null ? [] : [{ amount: one[which], currency: one.currency }]));
