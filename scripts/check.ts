/** Everything a change must pass: `npm run check`. `--without-tests` leaves out the tests where they ran already. */
import { spawnSync } from 'node:child_process';

const steps: readonly (readonly string[])[] = [
  ['biome', 'ci', '--error-on-warnings'],
  ['tsc', '--noEmit'],
  ['tsc', '-p', 'src/page/browser'],
  ['tsc', '-p', 'src/card/browser'],
  ['node', 'scripts/gen.ts', '--check'],
  ...(process.argv.includes('--without-tests') ? [] : [['vitest', 'run', '--project', 'fast']]),
  ['knip'],
];

for (const [program = '', ...args] of steps) {
  process.stdout.write(`\n> ${[program, ...args].join(' ')}\n`);
  const { status } = spawnSync(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}
