// Bundles the command into one CommonJS file, dist/leaktally.cjs, which the launcher loads and which also runs when copied
// alone, and writes its manual, dist/leaktally.1.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version, engines } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * syslog-client 1.1.1 calls `new Buffer(text)`. In a bundle Node.js no longer takes that for a dependency's fault and
 * prints DEP0005 on stderr, which cron would mail after every run.
 */
const patchSyslogClient = {
  name: 'patch-syslog-client',
  setup({ onLoad, onEnd }) {
    let found = false;
    onLoad({ filter: /[\\/]node_modules[\\/]syslog-client[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replaceAll('new Buffer(', 'Buffer.from(');
      found ||= contents !== source;
      return { contents };
    });
    onEnd(() => ({
      errors: found ? [] : [{ text: 'syslog-client has no `new Buffer(` any more: remove this patch' }],
    }));
  },
};

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/leaktally.cjs',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: `node${engines.node.replace('>=', '')}`,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // libsql loads a binary from a package of its own; pg-native is optional and not used.
  external: ['libsql', 'pg-native'],
  define: { LEAKTALLY_VERSION: JSON.stringify(version) },
  plugins: [patchSyslogClient],
});

const { outputFiles } = await build({
  entryPoints: ['src/command-line/man-page.ts'],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
});
const { renderManPage } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
await writeFile('dist/leaktally.1', renderManPage(version, new Date().toISOString().slice(0, 10)));
