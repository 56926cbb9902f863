import { hasPin, type PinChange, setPin } from '../../approval/index.ts';
import { ToolError } from '../../contract/index.ts';
import { type Desk, type Outcome, type StateOptions, stateDirOf } from '../desk.ts';
import { exits } from '../failure.ts';

/** `entra-mcp approver set-pin`: the first PIN, another one, or (`--reset`) new keys where the old PIN is lost. */
export async function changePin(desk: Desk, options: StateOptions & { reset?: boolean }): Outcome {
  const stateDir = stateDirOf(desk, options);
  const reset = options.reset === true;
  if (reset) warnOfReset(desk);
  const asksOld = !reset && hasPin(stateDir);
  const oldPin = asksOld ? await desk.keyboard.secret('Old approver PIN: ') : undefined;
  const newPin = await newPinOf(desk);
  const change = await setPin(
    stateDir,
    { newPin, reset, ...(oldPin === undefined ? {} : { oldPin }) },
    desk.ports.clock,
  );
  tell(desk, change, stateDir);
  return exits.done;
}

function warnOfReset({ err }: Desk): void {
  err.paragraph(
    'This makes new keys. Plans that wait are voided, secrets sealed to the old keys can no longer be opened, and servers that ' +
      'are running accept no approvals until they are restarted. To keep all that, leave with Ctrl-C and change the PIN ' +
      'without --reset.',
    { first: 'Warning: ', rest: '  ', ink: 'yellow' },
  );
}

/** Typed twice where a person types it: nobody sees what they type. */
async function newPinOf({ keyboard }: Desk): Promise<string> {
  const newPin = await keyboard.secret('New approver PIN (8 characters or more): ');
  if (!keyboard.isTerminal || (await keyboard.secret('The new PIN again: ')) === newPin) return newPin;
  throw new ToolError('INPUT_INVALID', {
    message: 'The two new PINs are not the same.',
    fix: 'Nothing was changed: try again.',
  });
}

const told: Readonly<Record<PinChange, string>> = {
  first:
    'The approver PIN is set. Plans that were waiting are void: have the agent ask again. A running server accepts it at once.',
  changed: 'The approver PIN is changed. The keys stay the same: plans that wait can be approved with the new PIN.',
  reset: 'The approver has new keys. Plans that were waiting are void. Restart every server that is running.',
};

function tell({ out }: Desk, change: PinChange, stateDir: string): void {
  out.paragraph(told[change]);
  out.paragraph(`Keys: ${stateDir}. The PIN itself is kept nowhere.`);
}
