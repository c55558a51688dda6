import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Player } from './scenario.js';

/** The folder of the texts lies above wherever this file was compiled to. */
function scenarios(): string {
  let folder = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
  while (!existsSync(join(folder, 'tests/scenarios/README.md'))) {
    const above = join(folder, '..');
    if (above === folder) throw new Error('tests/scenarios is not here');
    folder = above;
  }
  return join(folder, 'tests/scenarios');
}

const folder = scenarios();
const files = readdirSync(folder).filter((name) => name.endsWith('.journey')).sort();
if (files.length === 0) throw new Error(`no scenario in ${folder}`);
for (const name of files) {
  for (const way of ['sync', 'promised'] as const) {
    test(`${name}, ${way}`, () => new Player(way).play(join(folder, name)));
  }
}
