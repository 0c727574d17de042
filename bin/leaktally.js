#!/usr/bin/env -S node --
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// From Node.js 22.8 on, what was compiled once is kept for the next of the day's 288 runs; beside the program, where only
// its owner can write, since whoever can write it can run code as us. Where that is not allowed, nothing is kept.
module.enableCompileCache?.(fileURLToPath(new URL('../dist/.cache', import.meta.url)));
await import('../dist/parts/cli.mjs');
