import type { Random } from '../contract/index.ts';

// Without characters that are easily confused on paper or by phone: 0 O o, 1 l I.
const classes = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!#%+-=?@_'] as const;
const all = classes.join('');
const length = 20;

/**
 * A password of 20 characters with all four classes that Entra counts, about 119 bits.
 * [learn.microsoft.com/entra/identity/authentication/concept-sspr-policy]
 */
export function generatePassword(random: Random): string {
  for (;;) {
    const password = Array.from({ length }, () => all[below(all.length, random)]).join('');
    if (classes.every((members) => [...members].some((char) => password.includes(char)))) return password;
  }
}

/** A whole number in 0 … limit-1, every one equally likely. */
function below(limit: number, random: Random): number {
  const usable = 256 - (256 % limit);
  for (;;) {
    const byte = random.bytes(1)[0] ?? 255;
    if (byte < usable) return byte % limit;
  }
}
