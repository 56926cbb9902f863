import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('plans')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('tool', 'text', (c) => c.notNull())
      .addColumn('tool_version', 'integer', (c) => c.notNull())
      .addColumn('args', 'text', (c) => c.notNull())
      .addColumn('facts', 'text', (c) => c.notNull())
      .addColumn('facts_hash', 'text', (c) => c.notNull())
      .addColumn('subjects', 'text', (c) => c.notNull())
      .addColumn('risk', 'text', (c) => c.notNull())
      .addColumn('step_up', 'integer', (c) => c.notNull())
      .addColumn('may_elicit', 'integer', (c) => c.notNull())
      .addColumn('view', 'text', (c) => c.notNull())
      .addColumn('binding', 'text', (c) => c.notNull())
      .addColumn('requester', 'text', (c) => c.notNull())
      .addColumn('client_id', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('decided_at', 'bigint')
      .addColumn('lease_owner', 'text')
      .addColumn('lease_until', 'bigint')
      .addColumn('outcome', 'text')
      .addPrimaryKeyConstraint('plans_key', ['tenant_id', 'id'])
      .execute();
    await db.schema
      .createIndex('plans_by_requester')
      .on('plans')
      .columns(['tenant_id', 'requester', 'state'])
      .execute();
    await db.schema
      .createTable('approvals')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('plan_id', 'text', (c) => c.notNull())
      .addColumn('decision', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('statement', 'text', (c) => c.notNull())
      .addColumn('signature', 'text', (c) => c.notNull())
      .addColumn('decided_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('approvals_key', ['tenant_id', 'plan_id'])
      .execute();
    await db.schema
      .createTable('handoffs')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('plan_id', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('sealed', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('opened_at', 'bigint')
      .addPrimaryKeyConstraint('handoffs_key', ['tenant_id', 'id'])
      .execute();
    await db.schema
      .createTable('audit')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('seq', 'bigint', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('plan_id', 'text')
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('prev_hash', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('audit_key', ['tenant_id', 'seq'])
      .execute();
    await db.schema.createIndex('audit_by_plan').on('audit').columns(['tenant_id', 'plan_id']).execute();
  },
};

const runs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('runs')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('plan_id', 'text', (c) => c.notNull())
      .addColumn('parent_id', 'text')
      .addColumn('undoes_id', 'text')
      .addColumn('requester', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('user', 'text')
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('facts', 'text', (c) => c.notNull())
      .addColumn('decisions', 'text', (c) => c.notNull())
      .addColumn('waiting_for', 'text')
      .addColumn('closing', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('start_at', 'bigint')
      .addColumn('ended_at', 'bigint')
      .addColumn('stop_asked', 'integer', (c) => c.notNull())
      .addColumn('lease_owner', 'text')
      .addColumn('lease_until', 'bigint')
      .addPrimaryKeyConstraint('runs_key', ['tenant_id', 'id'])
      .execute();
    await db.schema
      .createIndex('one_open_run')
      .on('runs')
      .columns(['tenant_id', 'subject'])
      .unique()
      .where(sql<boolean>`status in ('scheduled', 'running', 'waiting')`)
      .execute();
    await db.schema
      .createIndex('runs_by_requester')
      .on('runs')
      .columns(['tenant_id', 'requester', 'created_at'])
      .execute();
    await db.schema.createIndex('runs_by_plan').on('runs').columns(['tenant_id', 'plan_id']).execute();
    await db.schema
      .createTable('journal')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('run_id', 'text', (c) => c.notNull())
      .addColumn('seq', 'integer', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('step', 'text', (c) => c.notNull())
      .addColumn('phase', 'text', (c) => c.notNull())
      .addColumn('body', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('journal_key', ['tenant_id', 'run_id', 'seq'])
      .execute();
  },
};

const changedPeople: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('changed_people')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('plan_id', 'text', (c) => c.notNull())
      .addColumn('person', 'text', (c) => c.notNull())
      .addColumn('requester', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('changed_people_key', ['tenant_id', 'plan_id', 'person'])
      .execute();
    await db.schema
      .createIndex('changed_people_by_time')
      .on('changed_people')
      .columns(['tenant_id', 'kind', 'at'])
      .execute();
  },
};

const pinAttempts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('pin_attempts')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('failures', 'integer', (c) => c.notNull())
      .addColumn('locked_until', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('pin_attempts_key', ['tenant_id'])
      .execute();
  },
};

const signedInDecisions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('signed_in_decisions')
      .addColumn('tenant_id', 'text', (c) => c.notNull())
      .addColumn('plan_id', 'text', (c) => c.notNull())
      .addColumn('approver', 'text', (c) => c.notNull())
      .addColumn('decision', 'text', (c) => c.notNull())
      .addColumn('id_token', 'text', (c) => c.notNull())
      .addColumn('decided_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('signed_in_decisions_key', ['tenant_id', 'plan_id', 'approver'])
      .execute();
  },
};

/** They are counted for the key, no longer for each tenant: beside it, in pin-attempts.db. */
const noPinAttempts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.dropTable('pin_attempts').execute();
  },
};

/** Every migration, in the order of its name. Released ones are never edited. */
const migrations: Record<string, Migration> = {
  '0001-plans-approvals-handoffs-audit': first,
  '0002-runs-journal': runs,
  '0003-changed-people': changedPeople,
  '0004-pin-attempts': pinAttempts,
  '0005-signed-in-decisions': signedInDecisions,
  '0006-no-pin-attempts': noPinAttempts,
};

/** Brings the state database to the newest shape; several processes may do so at once, so it is one transaction. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const provider = { getMigrations: async () => migrations };
  await db.transaction().execute(async (tx) => {
    const { error } = await new Migrator({ db: tx, provider }).migrateToLatest();
    if (error !== undefined) throw error;
  });
}
