#!/usr/bin/env -S node --
import '../dist/leaktally.mjs';
