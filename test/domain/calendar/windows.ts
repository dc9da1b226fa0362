import { DAYS, type Day, type DeploymentWindow } from '../../../src/domain/calendar/window';

/** `mon-thu 09:00-16:00 Europe/Berlin` */
export function windowOf(text: string): DeploymentWindow {
  const [days = '', times = '', timeZone = ''] = text.split(' ');
  const [first = '', last = first] = days.split('-');
  const [from = 0, to = 0] = times.split('-').map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  });
  return { days: DAYS.slice(DAYS.indexOf(first as Day), DAYS.indexOf(last as Day) + 1), from, to, timeZone };
}
