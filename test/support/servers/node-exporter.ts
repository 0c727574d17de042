import { NODE_EXPORTER } from './install.ts';
import { freePort, kill, startServer, waitUntilReady } from './process.ts';

/** A private node_exporter that only reads the metrics files of a folder. */
export interface NodeExporter {
  /** leaktally's metrics as it serves them, and whether it could read the files: values by series. */
  scrape(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/** Runs as another user than root when it can, as on a real machine. */
export async function startNodeExporter(folder: string): Promise<NodeExporter> {
  const port = await freePort();
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const server = startServer(
    NODE_EXPORTER.binary,
    [
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    nobody,
  );
  const url = `http://127.0.0.1:${port}/metrics`;
  const isUp = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntilReady('node_exporter', server, isUp);
  return {
    scrape: async () => {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`node_exporter: ${await response.text()}`);
      return parseSamples(await response.text());
    },
    stop: () => kill(server.process),
  };
}

/** The samples of leaktally's metrics, and the exporter's own about files, by name and labels as written. */
export function parseSamples(text: string): Record<string, number> {
  const samples = text.split('\n').filter((line) => /^(leaktally_|node_textfile_scrape_error)/.test(line));
  return Object.fromEntries(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
