import type { ChangeTool, Clock, GraphPort, LifecyclePort, Log, Random, Risk } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import type { Approver } from './approver.ts';
import type { PolicyPort } from './policy/policy-file.ts';

/** What a gate is made of: one tenant's. */
export interface GateParts {
  readonly tenant: GateTenant;
  readonly settings: GateSettings;
  readonly graph: GraphPort;
  readonly store: StateStore;
  readonly approver: Approver;
  /** The policies of ENTRA_MCP_POLICY_FILE, where there are any. */
  readonly policy?: PolicyPort | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The application permissions that this server has been granted, or undefined where that is not known. */
  readonly granted?: () => Promise<readonly string[] | undefined>;
  /** Durable runs, for the tools that start one. */
  readonly lifecycle: LifecyclePort;
  /** The run that a plan began, once there is one. */
  runOf(planId: string): Promise<string | undefined>;
  /** The tool of a stored plan, where this server still has it. */
  tool(name: string): Promise<ChangeTool | undefined>;
  /** The exact command that a human types to approve a plan. */
  approveCommand(planId: string): string;
  /** Where a human can approve in a browser too. */
  readonly page?: ApprovalPage;
}

/** The page on which a human of this machine approves. */
export interface ApprovalPage {
  /** The address at which a plan can be approved; the page is served from then on. `undefined` where it cannot be. */
  addressOf(planId: string): Promise<string | undefined>;
  /** Puts a plan that begins to wait before the person at this machine, where there is one. */
  show(planId: string): void;
}

/** The tenant as an approval binds it. */
export interface GateTenant {
  readonly id: string;
  readonly name: string | undefined;
  readonly cloud: string;
  /** Graph or login hosts outside the known clouds: named in every plan. */
  readonly foreignHosts: readonly string[];
  /** Who this server is for Graph: `app:<client id>` or `user:<object id>`. */
  readonly identity: string;
}

/** The settings that the gate follows. */
export interface GateSettings {
  /** Risks that wait for an approval. */
  readonly confirm: readonly Risk[];
  readonly trustElicitation: 'auto' | 'true' | 'false';
  readonly protected: readonly string[];
  readonly approverGroup: string | undefined;
  readonly planTtlMs: number;
}
