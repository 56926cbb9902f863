/** How long until a moment, in words: `14 min 3 s`, `23 h 10 min`, `over`. Both in milliseconds since the Unix epoch. */
export function timeLeft(until: number, now: number): string {
  const seconds = Math.floor((until - now) / 1000);
  if (seconds <= 0) return 'over';
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** A moment as the person's own clock shows it. */
export function clockTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** The server's time, as far as the answers tell it: the two clocks need not agree. */
export class ServerTime {
  #ahead = 0;

  learn(now: number): void {
    this.#ahead = now - Date.now();
  }

  now(): number {
    return Date.now() + this.#ahead;
  }
}
