import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Setting } from './setting.ts';
import { type RawFlags, type RawValue, SETTINGS, type SettingKey } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting's value before it is parsed, and where it was found. */
export interface RawSetting {
  readonly value: RawValue;
  /** Flag or variable, as messages name it. */
  readonly origin: string;
  /** Given on the command line, where other users of the machine can read it. */
  readonly fromFlag: boolean;
}

const PREFIX = 'LEAKTALLY_';
const READABLE_BY_OTHERS = 0o044;
const KNOWN_VARIABLES = new Set(Object.values<Setting>(SETTINGS).flatMap(({ env }) => env ?? []));

/**
 * Finds each setting's raw value: a flag beats the environment, which beats the env file, which beats the default.
 * An empty variable counts as not set.
 *
 * @param faults receives what is wrong with the env file and with names of variables
 */
export function collectSettings(
  flags: RawFlags,
  env: Environment,
  faults: string[],
): (key: SettingKey) => RawSetting | null {
  const file = typeof flags.envFile === 'string' ? flags.envFile : '.env';
  const fileVariables = readEnvFile(file, flags.envFile === undefined, faults);
  for (const [where, variables] of [
    ['environment', env],
    [file, fileVariables],
  ] as const) {
    for (const name of Object.keys(variables)) {
      if (name.startsWith(PREFIX) && !KNOWN_VARIABLES.has(name)) {
        faults.push(`${name} (${where}) is not a leaktally variable; see leaktally --help`);
      }
    }
  }
  return (key) => {
    const { flag, env: name, fallback }: Setting = SETTINGS[key];
    const given = flags[key];
    if (given !== undefined) return { value: given, origin: flag?.split(' ')[0] ?? key, fromFlag: true };
    if (name && env[name]) return { value: env[name], origin: name, fromFlag: false };
    if (name && fileVariables[name])
      return { value: fileVariables[name], origin: `${name} in ${file}`, fromFlag: false };
    return fallback === undefined ? null : { value: fallback, origin: 'default', fromFlag: false };
  };
}

function readEnvFile(file: string, optional: boolean, faults: string[]): Environment {
  try {
    const stats = statSync(file, { throwIfNoEntry: !optional });
    if (!stats) return {};
    const { mode } = stats;
    // Windows reports 0o666 for every file; its access lists are not checked.
    if (process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0) {
      faults.push(`${file} can be read by other users and may hold a password: run chmod 600 ${file}`);
      return {};
    }
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    faults.push(`env file ${file} cannot be read (${code}): check the path and its permissions`);
    return {};
  }
}
