// Takes the program out of README.md, for the tests: the first block of TypeScript.
//
//   node readme.mjs FILE
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const text = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const program = /```ts\n([\s\S]*?)```/.exec(text)[1];
const lines = program.trim().split('\n').filter((line) => line !== '').length;
if (lines > 20) throw new Error(`the program of README.md has ${lines} lines`);
mkdirSync(dirname(process.argv[2]), { recursive: true });
writeFileSync(process.argv[2], program);
