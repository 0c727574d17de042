// Bundles the command twice: into one file to copy anywhere, dist/leaktally.mjs, and into parts of which a run loads only
// what it uses, dist/parts, for the installed command, which starts 288 times a day.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';
import {
  builtinDecoder,
  lazyBuiltins,
  quietBuffer,
  smallTables,
  withoutAttempts,
  withoutUnused,
} from './build-plugins.js';

const { version, engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const output = {
  platform: 'node',
  target: `node${engines.node.replace('>=', '')}`,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
};
const options = {
  ...output,
  entryPoints: ['src/cli.ts'],
  bundle: true,
  format: 'esm',
  // libsql loads a binary from a package of its own, so it cannot be in the bundle; pg-native is an option of pg's that
  // nobody uses.
  external: ['libsql', 'pg-native'],
  define: { LEAKTALLY_VERSION: JSON.stringify(version) },
  plugins: [quietBuffer, builtinDecoder, smallTables, withoutAttempts, withoutUnused, lazyBuiltins],
};
const banner = "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);";

rmSync('dist', { recursive: true, force: true });
await build({ ...options, outfile: 'dist/leaktally.mjs', banner: { js: banner } });

// CommonJS starts faster than ES modules, but esbuild splits those only: so first the one, then the other.
const { outputFiles, metafile } = await build({
  ...options,
  outdir: 'dist/parts',
  outExtension: { '.js': '.cjs' },
  splitting: true,
  write: false,
  metafile: true,
});
const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
const parts = new Map(Object.entries(metafile.outputs).map(([path, part]) => [basename(path), part]));

/** A part and all that it imports at once, not those that it may load later. */
function withImports(name, found = new Set()) {
  if (found.has(name) || !parts.has(name)) return found;
  found.add(name);
  for (const { path, kind } of parts.get(name).imports) {
    if (kind === 'import-statement') withImports(basename(path), found);
  }
  return found;
}

/** Writes a part and what it needs besides the loaded ones into one file: a dozen small ones take longer to read. */
async function pack(name, loaded) {
  const names = [...withImports(name)].filter((part) => !loaded.includes(part));
  const functions = names.map(async (part) => {
    const { code: commonJs } = await transform(texts.get(part), {
      ...output,
      format: 'cjs',
      supported: { 'dynamic-import': false },
    });
    // What is exported is handed out as it is: esbuild puts a second getter before each name, which costs a scan a twentieth.
    const code = commonJs.replace(
      '=__toCommonJS(stdin_exports)',
      "=Object.defineProperty(stdin_exports,'__esModule',{value:true})",
    );
    if (code === commonJs && parts.get(part).exports.length > 0)
      throw new Error(`${part}: esbuild exports in another way now`);
    return `${JSON.stringify(`./${part}`)}:(function(exports,require,module){${code}})`;
  });
  writeFileSync(`dist/parts/${name}`, `module.exports={${(await Promise.all(functions)).join(',\n')}};\n`);
  return [...loaded, ...names];
}

mkdirSync('dist/parts');
const entries = [...parts].flatMap(([name, { entryPoint }]) => (entryPoint ? [{ name, entryPoint }] : []));
const early = ['src/cli.ts', 'src/run/run.ts'].map(
  (source) => entries.find(({ entryPoint }) => entryPoint === source).name,
);
const [cli, run] = early;
const withCli = await pack(cli, []);
const withRun = await pack(run, withCli);
// What the first part loads by itself may come before the second.
const beforeRun = new Set(withCli.flatMap((part) => parts.get(part).imports.map(({ path }) => basename(path))));
for (const { name } of entries) {
  if (!early.includes(name)) await pack(name, beforeRun.has(name) ? withCli : withRun);
}
