import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { emptyFolder } from '../support/folders.ts';

/** What one run cost. */
export interface Sample {
  readonly seconds: number;
  /** Peak resident memory; 0 where it was not looked at. */
  readonly peakMiB: number;
}

export type Run = () => Promise<Sample>;

/** Two ways of doing the same, run in turns. */
export interface Comparison {
  readonly ours: readonly Sample[];
  readonly yardstick: readonly Sample[];
  /** Median of ours / yardstick, pair by pair, so that a load which comes and goes weighs on both. */
  readonly ratio: number;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const POLL_MS = 20;
/** No env file and nothing else that a run would find beside it. */
const FOLDER = emptyFolder();

/**
 * Runs a whole process, from before its start until its output is closed.
 *
 * @param said what it has to say on stderr
 * @throws Error when it fails, or says anything else
 */
export async function runCommand({ file, args, env = {} }: Command, said = /^$/): Promise<Sample & { stdout: string }> {
  const started = performance.now();
  const child = spawn(file, args, { env: { PATH: process.env.PATH ?? '', ...env }, cwd: FOLDER });
  let [stdout, stderr, peakMiB] = ['', '', 0];
  // Linux keeps a process's peak as VmHWM. It only grows, so a poll misses no more than what grew since the last one.
  const poll = setInterval(() => {
    peakMiB = readPeakMiB(child.pid) ?? peakMiB;
  }, POLL_MS);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  const seconds = (performance.now() - started) / 1000;
  clearInterval(poll);
  if (code !== 0 || !said.test(stderr)) throw new Error(`${file} ended with ${code}: ${stderr}`);
  return { seconds, peakMiB, stdout };
}

/** One run of each that does not count, then pairs in turns. */
export async function compare(ours: Run, yardstick: Run, pairs: number): Promise<Comparison> {
  await ours();
  await yardstick();
  const samples: { ours: Sample; yardstick: Sample }[] = [];
  for (let pair = 0; pair < pairs; pair++) samples.push({ ours: await ours(), yardstick: await yardstick() });
  return {
    ours: samples.map((pair) => pair.ours),
    yardstick: samples.map((pair) => pair.yardstick),
    ratio: median(samples.map((pair) => pair.ours.seconds / pair.yardstick.seconds)),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

function readPeakMiB(pid: number | undefined): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined; // the process has ended, or this is not Linux
  }
}
