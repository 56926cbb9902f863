import type { Routes } from './router.ts';
import { accessPackageRoutes } from './routes/access-packages.ts';
import { administrativeUnitRoutes } from './routes/administrative-units.ts';
import { appAccessRoutes } from './routes/app-access.ts';
import { applicationRoutes } from './routes/applications.ts';
import { authenticationMethodRoutes } from './routes/authentication-methods.ts';
import { deletedItemRoutes } from './routes/deleted-items.ts';
import { deltaRoutes } from './routes/delta.ts';
import { deviceRoutes } from './routes/devices.ts';
import { driveRoutes } from './routes/drives.ts';
import { groupMemberWrites } from './routes/group-members.ts';
import { groupWrites } from './routes/group-writes.ts';
import { groupReads } from './routes/groups.ts';
import { invitationRoutes } from './routes/invitations.ts';
import { mailboxRoutes } from './routes/mailboxes.ts';
import { objectRoutes } from './routes/objects.ts';
import { organizationRoutes } from './routes/organization.ts';
import { reportRoutes } from './routes/reports.ts';
import { roleWrites } from './routes/role-writes.ts';
import { roleRoutes } from './routes/roles.ts';
import { sponsorRoutes } from './routes/sponsors.ts';
import { userAccess } from './routes/user-access.ts';
import { userLicenses } from './routes/user-licenses.ts';
import { userWrites } from './routes/user-writes.ts';
import { userReads } from './routes/users.ts';

/** Everything the tenant serves; where two templates fit a path, the first one counts. */
export const allRoutes: readonly Routes[] = [
  deltaRoutes,
  userReads,
  userWrites,
  userAccess,
  userLicenses,
  sponsorRoutes,
  authenticationMethodRoutes,
  mailboxRoutes,
  driveRoutes,
  appAccessRoutes,
  invitationRoutes,
  groupReads,
  groupMemberWrites,
  groupWrites,
  deviceRoutes,
  applicationRoutes,
  objectRoutes,
  roleRoutes,
  roleWrites,
  administrativeUnitRoutes,
  accessPackageRoutes,
  deletedItemRoutes,
  organizationRoutes,
  reportRoutes,
];
