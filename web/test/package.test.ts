// The package as it is shipped: what it exports is there, its README is true, its house rules hold.
//
// Deliberately absent: bundlers and other runtimes, which are not installed everywhere.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url); // web/
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const { exports, files } = JSON.parse(read('package.json'));

function targets(entry: unknown): string[] {
  return typeof entry === 'string' ? [entry] : Object.values(entry as object).flatMap(targets);
}

test('all that is exported is there and is shipped', () => {
  for (const target of targets(exports)) {
    assert.ok(existsSync(new URL(target, ROOT)), target);
    assert.ok(target === './package.json' || files.some((folder: string) => target.startsWith(`./${folder}/`)), target);
  }
});

test('every entry gives the same names, and says how it loads', async () => {
  const names = async (entry: string): Promise<string[]> => {
    const module: object = await import(new URL(`dist/src/entry/${entry}.js`, ROOT).href);
    return Object.keys(module).filter((name) => name !== 'initSync');
  };
  const node = await names('node');
  assert.ok(node.includes('Telemetry') && node.includes('SloTracker') && node.includes('init'));
  for (const entry of ['browser', 'slim']) assert.deepEqual(await names(entry), node);
});

test('the README prints what it says', () => {
  const readme = read('README.md');
  const examples = [...readme.matchAll(/```js\n([^]*?)```[^]*?```text\n([^]*?)```/g)];
  assert.equal(examples.length, 4);
  assert.equal(readme.match(/```js/g)?.length, examples.length, 'each says what it prints');
  for (const [, code = '', output = ''] of examples) {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: fileURLToPath(ROOT), encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.equal(stdout.trimEnd(), output.trimEnd());
  }
});

test('no entry waits at its top level, and one file alone imports what is generated', () => {
  for (const entry of readdirSync(fileURLToPath(new URL('src/entry/', ROOT)))) assert.doesNotMatch(read(`src/entry/${entry}`), /^await |= await /m, entry);
  const sources = readdirSync(fileURLToPath(new URL('src/', ROOT)), { recursive: true, encoding: 'utf8' });
  const importers = sources.filter((file) => /^(?!generated).*\.ts$/.test(file) && /from '[./]*\/generated/.test(read(`src/${file}`)));
  assert.deepEqual(importers, ['binding.ts']);
});

test('the lock file holds versions and hashes, and no addresses', () => {
  assert.doesNotMatch(read('package-lock.json'), /https?:|"resolved"/);
});
