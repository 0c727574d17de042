import { type EnvFile, readEnvFile } from './env-file.ts';
import type { Setting } from './setting.ts';
import { type RawFlags, type RawValue, SETTINGS, type SettingKey } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting's value before it is parsed, and where it was found. */
export interface RawSetting {
  readonly value: RawValue;
  /** Flag or variable. */
  readonly name: string;
  /** Command line, environment or env file; null for a default. */
  readonly place: string | null;
  /** Flag or variable with its file, as messages name it. */
  readonly origin: string;
  /** Given on the command line, where other users of the machine can read it. */
  readonly fromFlag: boolean;
}

/** Raw values of all settings. */
export interface Sources {
  raw(key: SettingKey): RawSetting | null;
  /** Says what happened to a `.env` that was not asked for. */
  readonly notices: readonly string[];
  /** False when the env file could not be used as it is: missing settings are probably in it. */
  readonly isEnvFileSound: boolean;
}

const PREFIX = 'LEAKTALLY_';
const KNOWN_VARIABLES = new Set(Object.values<Setting>(SETTINGS).flatMap(({ env }) => env ?? []));
const IS_WINDOWS = process.platform === 'win32';

/**
 * Finds each setting's raw value: a flag beats the environment, which beats the env file, which beats the default.
 * An empty variable counts as not set.
 *
 * @param faults receives what is wrong with the env file and with names of variables
 */
export function collectSettings(flags: RawFlags, env: Environment, faults: string[]): Sources {
  const isRequested = flags.envFile !== undefined;
  const file = isRequested ? String(flags.envFile) : '.env';
  const envFile = readEnvFile(file, isRequested, trustedOwners(env));
  const { variables, refusal } = envFile;
  if (isRequested && refusal) faults.push(`env file ${file} ${refusal.reason}`);
  faults.push(
    ...envFile.faults,
    // Windows takes the names of its environment in any case.
    ...unknownVariables(
      'environment',
      Object.keys(env).map((name) => (IS_WINDOWS ? name.toUpperCase() : name)),
    ),
    ...unknownVariables(file, Object.keys(variables)),
  );
  return {
    raw: (key) => findRaw(key, flags, env, [file, variables]),
    notices: !isRequested && refusal ? [`${file} is passed over, since it ${refusal.reason}`] : [],
    isEnvFileSound: envFile.faults.length === 0 && !(refusal && (isRequested || refusal.isUnreadable)),
  };
}

function findRaw(
  key: SettingKey,
  flags: RawFlags,
  env: Environment,
  [file, variables]: readonly [string, EnvFile['variables']],
): RawSetting | null {
  const { flag = key, env: variable = '', fallback }: Setting = SETTINGS[key];
  const given = flags[key];
  const name = flag.replace(/ .*/, '');
  if (given !== undefined) return { value: given, name, place: 'command line', origin: name, fromFlag: true };
  const found = { name: variable, fromFlag: false };
  const [fromEnv, fromFile] = [env[variable], variables[variable]];
  if (fromEnv) return { ...found, value: fromEnv, place: 'environment', origin: variable };
  if (fromFile) return { ...found, value: fromFile, place: file, origin: `${variable} in ${file}` };
  return fallback === undefined ? null : { ...found, value: fallback, place: null, origin: 'default' };
}

/** Lists the settings that are not defaults by place, without their values. */
export function describeOrigins({ raw }: Sources): string[] {
  const byPlace = new Map<string, string[]>();
  for (const key of Object.keys(SETTINGS) as SettingKey[]) {
    const { name, place = null } = raw(key) ?? {};
    if (name && place !== null) byPlace.set(place, [...(byPlace.get(place) ?? []), name]);
  }
  return Array.from(byPlace, ([place, names]) => `from ${place}: ${names.join(', ')}`);
}

function unknownVariables(place: string, names: readonly string[]): string[] {
  return names
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && !KNOWN_VARIABLES.has(name))
    .map((name) => `${name} (${place}) is not a leaktally variable; ${adviseOnName(name.toUpperCase())}`);
}

function adviseOnName(upperCase: string): string {
  return KNOWN_VARIABLES.has(upperCase) ? `write it as ${upperCase}` : 'see leaktally --help';
}

/** Ids of the users whose env file may be used, our own first: also root's, and under sudo that of its caller. */
function trustedOwners({ SUDO_UID }: Environment): number[] {
  const own = process.geteuid?.();
  if (own === undefined) return [];
  return own === 0 && SUDO_UID && /^\d+$/.test(SUDO_UID) ? [own, Number(SUDO_UID)] : [own, 0];
}
