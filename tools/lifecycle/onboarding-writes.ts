import type { WriteTemplate } from '../../src/contract/index.ts';

/** Every request that an onboarding can send. The last one takes back the account that the run itself made. */
export const onboardingWrites: readonly WriteTemplate[] = [
  'POST /users',
  'PUT /users/{}/manager/$ref',
  'POST /users/{}/assignLicense',
  'POST /users/{}/authentication/temporaryAccessPassMethods',
  'POST /groups/{}/members/$ref',
  'DELETE /users/{}',
];
