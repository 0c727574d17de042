#!/usr/bin/env -S node --
// What was compiled once is kept for the next of the day's 288 runs; beside the program, where only its owner can write,
// since whoever can write it can run code as us. Where that is not allowed, nothing is kept.
const { closeSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

const PARTS = join(__dirname, '../dist/parts');
// V8 refuses what another version compiled, but two versions that take turns should each have their own.
const CACHE = join(__dirname, '../dist/.cache', `${process.version}-${process.arch}`);

/** A file of dist/parts holds a part and those that it needs, as functions by their names. */
const functions = {};
const modules = {};
/** What there is to keep of this run. */
const compiled = [];
/** All files are read into this one: a system may take longer to give memory than to fill it. */
let room = Buffer.allocUnsafeSlow(1 << 19);
load('./cli.cjs');

function load(id) {
  if (!id.startsWith('./')) return require(id);
  if (modules[id]) return modules[id].exports;
  if (!functions[id]) Object.assign(functions, openWithCache(join(PARTS, id)));
  modules[id] = { exports: {} };
  functions[id](modules[id].exports, load, modules[id]);
  return modules[id].exports;
}

// What module.enableCompileCache() does, which Node.js 20 has not, and newer ones only in a module that takes milliseconds.
function openWithCache(filename) {
  const cacheFile = join(CACHE, basename(filename));
  // The source as text and its checksum come first, since the memory of its bytes is used again.
  const bytes = read(filename);
  const source = `(function (module) {${bytes}\n})`;
  const sourceSum = crc32(bytes);
  const cachedData = readCache(cacheFile, sourceSum);
  const script = new Script(source, { filename, cachedData });
  if (!cachedData || script.cachedDataRejected) {
    // At the end, when the functions that a run uses have been compiled too; with one listener, since Node.js warns of many.
    if (compiled.push({ cacheFile, sourceSum, script }) === 1) process.once('exit', () => compiled.forEach(writeCache));
  }
  const module = {};
  script.runInThisContext()(module);
  return module.exports;
}

/** @returns a file's bytes, until the next file is read */
function read(file) {
  const descriptor = openSync(file);
  try {
    let length = 0;
    for (;;) {
      if (length === room.length) room = Buffer.concat([room], 2 * length);
      const count = readSync(descriptor, room, length, room.length - length, null);
      if (count === 0) return room.subarray(0, length);
      length += count;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** V8 crashes on damaged data, and of the source it compares no more than the length: hence a checksum of both. */
function readCache(file, sourceSum) {
  try {
    const bytes = read(file);
    const data = bytes.subarray(0, -4);
    return bytes.readUInt32LE(data.length) === crc32(data, sourceSum) ? data : undefined;
  } catch {
    return undefined;
  }
}

function writeCache({ cacheFile, sourceSum, script }) {
  const draft = `${cacheFile}.${process.pid}`;
  try {
    mkdirSync(CACHE, { recursive: true, mode: 0o755 });
    // Empty at first: where it may not be written, nothing needs to be collected.
    writeFileSync(draft, '', { mode: 0o644 });
    const data = script.createCachedData();
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(data, sourceSum));
    writeFileSync(draft, Buffer.concat([data, sum]));
    renameSync(draft, cacheFile);
  } catch {
    // The next run takes as long as this one.
  }
}
