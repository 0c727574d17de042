#!/usr/bin/env -S node --
import module from 'node:module';

// From Node.js 22.8 on, what was compiled once is kept for the next of the day's 288 runs.
module.enableCompileCache?.();
await import('../dist/leaktally.mjs');
