import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { folder } from './support.js';

const program = `import(${JSON.stringify(import.meta.resolve('cxjourney'))})
  .then(() => console.log('loaded'), (error) => console.log(error.message))`;

function load(libraries: string): string {
  const run = spawnSync(process.execPath, ['-e', program],
    { encoding: 'utf8', env: { ...process.env, LD_LIBRARY_PATH: libraries } });
  return run.stdout.trim();
}

test('a library of another ABI version is refused', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'other.c'), 'unsigned cxj_abi_version(void) { return 99; }\n');
  writeFileSync(join(path, 'other.map'), 'CXJ_1 { global: cxj_*; };\n');
  execFileSync('gcc', ['-shared', '-fPIC', '-Wl,-soname,libcxjourney.so.1',
    `-Wl,--version-script=${join(path, 'other.map')}`, '-o', join(path, 'libcxjourney.so.1'),
    join(path, 'other.c')]);
  assert.match(load(path), /ABI version 99, this package is made for 1/);
  assert.equal(load(''), 'loaded');
});
