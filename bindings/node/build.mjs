// Compiles the addon with plain g++ into build/cxjourney.node; `npm install` runs it. The headers
// of Node-API come from the package node-api-headers, the library from CXJ_PREFIX (a prefix that
// cxjourney was installed to, or a build folder together with CXJ_INCLUDE) or from pkg-config's
// cxjourney-c.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

function library() {
  const prefix = process.env.CXJ_PREFIX;
  if (prefix) {
    const folders = [join(prefix, 'lib'), ...libraryFolders(prefix)].filter((folder) =>
      existsSync(join(folder, 'libcxjourney.so')));
    if (folders.length === 0) throw new Error(`no libcxjourney.so below ${prefix}`);
    return {
      compile: [`-I${process.env.CXJ_INCLUDE ?? join(prefix, 'include')}`],
      link: [`-L${folders[0]}`, `-Wl,-rpath,${folders[0]}`, '-lcxjourney'],
    };
  }
  const ask = (what) => execFileSync('pkg-config', [what, 'cxjourney-c'], { encoding: 'utf8' })
    .split(/\s+/).filter(Boolean);
  const link = ask('--libs');
  const folders = link.filter((word) => word.startsWith('-L')).map((word) => word.slice(2));
  return {
    compile: ask('--cflags'),
    link: [...link, ...folders.map((folder) => `-Wl,-rpath,${folder}`)],
  };
}

function libraryFolders(prefix) {
  const triplet = execFileSync('g++', ['-print-multiarch'], { encoding: 'utf8' }).trim();
  return [join(prefix, 'lib', triplet), join(prefix, 'lib64')];
}

function run(program, words) {
  return new Promise((resolve, reject) => {
    spawn(program, words, { stdio: 'inherit' }).on('error', reject).on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${words.join(' ')} failed`)));
  });
}

const sources = ['addon', 'arrow', 'calls'];
const { compile, link } = library();
const headers = require('node-api-headers').include_dir;
const flags = (process.env.CXJ_NODE_FLAGS ?? '').split(/\s+/).filter(Boolean);
const out = join(here, 'build');
mkdirSync(out, { recursive: true });
const objects = sources.map((name) => join(out, `${name}.o`));
const jobs = sources.map((name, index) => () => run('g++', [
  '-std=c++17', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wconversion',
  '-Wshadow', '-DNAPI_VERSION=8', ...flags, `-I${headers}`, ...compile,
  '-c', join(here, 'native', `${name}.cc`), '-o', objects[index],
]));
const workers = Array.from({ length: Math.min(availableParallelism(), 2) }, async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await job();
});
await Promise.all(workers);
await run('g++', ['-shared', ...flags, ...objects, ...link, '-o', join(out, 'cxjourney.node')]);
