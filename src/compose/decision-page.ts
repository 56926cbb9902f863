import { type OpenTenant, provenDecision, storedPlan } from '../approval/index.ts';
import type { DecisionPage } from '../cli/ports.ts';
import { openState, type TenantFolder } from '../store/index.ts';
import { keptApprover } from './approver.ts';
import { hasDesktop } from './desktop.ts';
import { stderrLog, systemClock, systemRandom } from './system.ts';

/** Serves the approval page for one plan, for a person at this terminal whose tenant's approvers sign in. */
export async function decisionPage(stateDir: string, tenant: TenantFolder, planId: string): Promise<DecisionPage> {
  const approver = await keptApprover(stateDir, tenant);
  const store = await openState(tenant);
  const open: OpenTenant = { tenant, store };
  const { servePage } = await import('../page/index.ts');
  const log = await stderrLog('error');
  const page = await servePage({ open, approver, clock: systemClock, random: systemRandom, log }).catch(
    async (error) => {
      await store.destroy();
      throw error;
    },
  );
  const address = page.addressOf(planId);
  if (hasDesktop('auto', process.env, process.platform)) {
    const { openSystemBrowser } = await import('../auth/browser.ts');
    // The address stands in the terminal too.
    await openSystemBrowser(address).catch(() => undefined);
  }
  return {
    address,
    standing: async () => {
      const row = await storedPlan(open, planId, systemClock);
      const bound = { tenantId: row.tenant_id, planId, binding: row.binding };
      const proven = await provenDecision(store, bound, approver);
      const { by = [], needed = 1 } = proven?.approvals ?? {};
      return { state: row.state, decision: proven?.decision, approvedBy: by.map(({ name }) => name), needed };
    },
    close: async () => {
      await page.close();
      await store.destroy();
    },
  };
}
