// Copies what wasm-bindgen generated to where the compiler put the package: tsc moves no files.
//
// Deliberately absent: generating it, which is a step of the whole project.

import { cpSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const generated = fileURLToPath(new URL('../src/generated', import.meta.url));
if (!existsSync(generated)) throw new Error(`${generated} is not there: generate the binding first (cargo xtask build)`);
cpSync(generated, fileURLToPath(new URL('../dist/src/generated', import.meta.url)), { recursive: true });
