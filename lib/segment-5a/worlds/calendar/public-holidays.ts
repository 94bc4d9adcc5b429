import Holidays from 'date-holidays';
import { dayOf } from './local-days.ts';

/** Public holidays of a country in a year, as days since 1970-01-01, ascending; none where nobody has collected them. */
export function publicHolidays(country: string, year: number): readonly { day: number; name: string }[] {
  const calendar = new Holidays();
  if (calendar.getCountries()[country] === undefined) return [];
  calendar.init(country);
  // In English where there is a translation: the names go into a note.
  const found = calendar
    .getHolidays(year, 'en')
    .filter(({ type }) => type === 'public')
    .map(({ date, name }) => ({ day: dayOf(date.slice(0, 10)), name }))
    .sort((one, other) => one.day - other.day || (one.name < other.name ? -1 : 1));
  return found.filter(({ day }, index) => day !== found[index - 1]?.day);
}
