import type { ApproverKeys } from './keys.ts';

/**
 * The approver of the built-in demo tenant: fixed bytes under the PIN `demo`, so that the demo is ready at once.
 * They are public, and good for the demo's folder only.
 */
export const demoApproverKeys: ApproverKeys = {
  version: 1,
  keyId: 'ee196088cfb9bbc6',
  kdf: {
    salt: 'lyhcKbv2GpcbregkRxgGng==',
    n: 131072,
    r: 8,
    p: 1,
  },
  signing: {
    publicKey: 'MCowBQYDK2VwAyEAjR+fT4mHeHWxaFUzujmJJX5ArrFfJxjqTef2AU4AQ8Y=',
    iv: 'lkjuoHH56L0EFAe8',
    ciphertext: '6oc+JpCcDzlf5lckjnymhP0vf2BFfmpwtDOIbxziDg9TueDaYJmzpSYFmiQjUqzg',
    tag: 'UHh8/xVBDadwm5MedRhCjw==',
  },
  sealing: {
    publicKey: 'MCowBQYDK2VuAyEAyqbhOA71CX/+mYUa4k//rjqpKUQXAT0B8EIzEpwhj2Y=',
    iv: '1beyhVmZcGf1oUxI',
    ciphertext: '8E0fYlVpXyDpLjFfOAJJR/KaHxne3D+bFo1cSw6tWKCRtc3ok8+PGJfggIXaAja7',
    tag: '5YBgK8ENyIL9QjIC2CUGPQ==',
  },
};
