#!/usr/bin/env -S node --
// Starts the command; cron does so 288 times a day, hence Node.js's compile cache, which exists from version 22 on.
// Node.js 10 must be able to read it, too, so that it gets to the line that says which version is needed.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`leaktally: needs Node.js 20.19 or newer, but this is ${process.versions.node}; update it`);
  process.exit(1);
}
const { mkdirSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// Not Node's default, which is in the shared temporary folder: another user could plant code there that we would run.
const cache = join(__dirname, '../dist/.cache');
try {
  if (enableCompileCache) {
    // Node.js would create it with the permissions that the umask leaves, which is 0 under some daemons.
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    enableCompileCache(cache);
  }
} catch {
  // Not allowed to write here: nothing is cached, and every run compiles.
}
require('../dist/leaktally.cjs');
