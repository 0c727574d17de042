#!/usr/bin/env node
import '../dist/leaktally.mjs';
