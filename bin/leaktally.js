#!/usr/bin/env -S node --
// What was compiled once is kept for the next of the day's 288 runs; beside the program, where only its owner can write,
// since whoever can write it can run code as us. Where that is not allowed, nothing is kept.
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { Script } = require('node:vm');

const PARTS = join(__dirname, '../dist/parts');
const CACHE = join(__dirname, '../dist/.cache');
// V8 refuses what another version compiled, but two versions that take turns should each have their own.
const OWN_CACHE = join(CACHE, `${process.version}-${process.arch}`);

// From Node.js 22.8 on. Not by require('node:module'), which takes milliseconds.
const { enableCompileCache } = module.constructor;
enableCompileCache?.(CACHE);
const open = enableCompileCache ? require : openWithCache;

/** A file of dist/parts holds a part and those that it needs, as functions by their names. */
const functions = {};
const modules = {};
load('./cli.cjs');

function load(id) {
  if (!id.startsWith('./')) return require(id);
  if (modules[id]) return modules[id].exports;
  if (!functions[id]) Object.assign(functions, open(join(PARTS, id)));
  modules[id] = { exports: {} };
  functions[id](modules[id].exports, load, modules[id]);
  return modules[id].exports;
}

/** Does for older versions of Node.js what enableCompileCache() does for require(). */
function openWithCache(filename) {
  const cacheFile = join(OWN_CACHE, basename(filename));
  const source = readFileSync(filename);
  const cachedData = readCache(cacheFile, source);
  const script = new Script(`(function (module) {${source.utf8Slice()}\n})`, { filename, cachedData });
  if (!cachedData || script.cachedDataRejected) {
    // At the end, when the functions that a run uses have been compiled too.
    process.once('exit', () => writeCache(cacheFile, source, script));
  }
  const module = {};
  script.runInThisContext()(module);
  return module.exports;
}

/** V8 crashes on damaged data, and of the source it compares no more than the length: hence the checksum of both. */
function checksum(source, data) {
  const { crc32 } = require('node:zlib'); // takes a millisecond, and none where Node.js has a cache of its own
  return crc32(data, crc32(source));
}

function readCache(file, source) {
  try {
    const bytes = readFileSync(file);
    const data = bytes.subarray(0, -4);
    return bytes.readUInt32LE(data.length) === checksum(source, data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function writeCache(file, source, script) {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(OWN_CACHE, { recursive: true, mode: 0o755 });
    // Empty at first: where it may not be written, nothing needs to be collected.
    writeFileSync(draft, '', { mode: 0o644 });
    const data = script.createCachedData();
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(checksum(source, data));
    writeFileSync(draft, Buffer.concat([data, sum]));
    renameSync(draft, file);
  } catch {
    // The next run takes as long as this one.
  }
}
