/** How long until a moment, in words: `14 min`, `23 h 10 min`, `over`. Both in milliseconds since the Unix epoch. */
export function timeLeft(until: number, now: number): string {
  const seconds = Math.floor((until - now) / 1000);
  if (seconds <= 0) return 'over';
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `2026-11-22 10:00:00 UTC` of an ISO 8601 time in UTC. */
export function utc(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC');
}
