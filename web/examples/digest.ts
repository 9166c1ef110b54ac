// Prints the digest of the airline's accounts: node dist/examples/digest.js FILE
//
// Deliberately absent: everything else, so that programs can compare what it prints.

import { readFileSync } from 'node:fs';

import { Telemetry } from '@codomyrmex/telemetry';

import { account } from './airline.js';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node dist/examples/digest.js FILE (such as tests/data/agent-runs.ndjson)');
  process.exitCode = 2;
} else {
  const telemetry = new Telemetry();
  account(telemetry, readFileSync(file, 'utf8'));
  console.log(telemetry.digest());
}
