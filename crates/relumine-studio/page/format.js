/** Numbers as the browser's language writes them. */

const percents = new Intl.NumberFormat(undefined, {
  style: "percent",
  maximumFractionDigits: 0,
});
const numbers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const megabytes = new Intl.NumberFormat(undefined, {
  style: "unit",
  unit: "megabyte",
  maximumFractionDigits: 1,
});
const seconds = new Intl.NumberFormat(undefined, {
  style: "unit",
  unit: "second",
  maximumFractionDigits: 0,
});
const minutes = new Intl.NumberFormat(undefined, {
  style: "unit",
  unit: "minute",
  maximumFractionDigits: 0,
});

/** @param {number} value 0..1 */
export const percent = (value) => percents.format(value);

/** @param {number} value */
export const number = (value) => numbers.format(value);

/** @param {number} count */
export const bytes = (count) => megabytes.format(count / 1e6);

/** @param {number} time in seconds */
export const duration = (time) => (time < 90 ? seconds.format(Math.ceil(time)) : minutes.format(Math.ceil(time / 60)));

/** @param {{ width: number, height: number }} size */
export const pixels = ({ width, height }) => `${width} × ${height}`;

/**
 * With a capital at the start.
 * @param {string} text
 */
export const title = (text) => text.charAt(0).toUpperCase() + text.slice(1);
