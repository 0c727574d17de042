#!/usr/bin/env -S node --
// Starts the command; cron does so 288 times a day, hence Node.js's compile cache, which exists from version 22 on.
// Written so that Node.js 10 can read it, too: it must get as far as the line that says which one is needed.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`leaktally: needs Node.js 20.19 or newer, but this is ${process.versions.node}; update it`);
  process.exit(1);
}
const { mkdirSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// Not Node's default, a folder in the shared temporary folder: another user could plant code there that we would run.
const cache = join(__dirname, '../dist/.cache');
try {
  if (enableCompileCache) {
    // Node.js itself would create it with the permissions of the umask, which is 0 under some daemons.
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    enableCompileCache(cache);
  }
} catch {
  // Not allowed to write here: nothing is kept, every run compiles.
}
require('../dist/leaktally.cjs');
