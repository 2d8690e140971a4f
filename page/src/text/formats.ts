import { language } from "./language_choice";

const STEPS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A number of bytes, in the unit that leaves the fewest digits: 48.2 MB. */
export function bytes(number: number): string {
  let step = 0;
  let left = number;
  while (left >= 999.5 && step < STEPS.length - 1) {
    left /= 1000;
    step += 1;
  }
  const digits = step > 0 && left < 99.5 ? 1 : 0;
  return new Intl.NumberFormat(language.value, {
    style: "unit",
    unit: STEPS[step] ?? "byte",
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: digits,
  }).format(left);
}

export function count(number: number): string {
  return new Intl.NumberFormat(language.value).format(number);
}

export function percent(share: number): string {
  return new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export function decimal(number: number): string {
  return new Intl.NumberFormat(language.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(number);
}

/** A time of the service, in the time zone of the browser. */
export function clock(iso: string): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}
