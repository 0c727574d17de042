import { Fault, isNone, type Setting } from './setting.ts';
import { type RawFlags, type RawValue, SETTINGS, type SettingKey, type SettingValues } from './settings.ts';
import { collectSettings, type Environment, type RawSetting, type Sources } from './sources.ts';

/** Parsed settings, and the raw values behind them. */
export interface ReadSettings extends Sources {
  /** Invalid values are undefined, whatever their type says. */
  readonly values: SettingValues;
}

/**
 * Parses each setting on its own.
 *
 * @param faults receives what is wrong with the settings
 */
export function readSettings(flags: RawFlags, env: Environment, faults: string[]): ReadSettings {
  const sources = collectSettings(flags, env, faults);
  const { raw } = sources;
  const rows: readonly [string, Setting][] = Object.entries(SETTINGS);
  // The demo brings its own database, so the ones in an env file may even be invalid.
  const isIgnored = (key: string) => raw('demo')?.value === true && (key === 'database' || key === 'state');
  const values = rows
    .filter(([, { negates }]) => negates === undefined)
    .map(([key, setting]) => [
      setting.name ?? key,
      isIgnored(key) ? null : readSetting(setting, raw(key as SettingKey), faults),
    ]);
  return { values: Object.fromEntries(values), ...sources };
}

function readSetting(setting: Setting, raw: RawSetting | null, faults: string[]): unknown {
  const { parse, list, flag } = setting;
  const value = raw?.value;
  if (!parse) return flag && !flag.includes('<') ? isOn(flag, value) : (value ?? null);
  if (setting.canBeNone && saysNone(value)) return list ? [] : null;
  if (list) return readList(setting, raw, faults);
  if (raw === null) return null;
  return readValue(setting, String(value).trim(), raw, faults);
}

/** @param value false for a --no flag */
function saysNone(value: RawValue | undefined): boolean {
  return value === false || (value !== undefined && isNone(String(value).trim()));
}

/** A --no flag turns off what is on by default. */
function isOn(flag: string, value: unknown): boolean {
  return flag.startsWith('--no-') ? value !== false : value === true;
}

function readList(setting: Setting, raw: RawSetting | null, faults: string[]): readonly unknown[] {
  const { separator, splitsFlags, whenEmpty } = setting.list as NonNullable<Setting['list']>;
  const value = raw?.value ?? '';
  const texts =
    Array.isArray(value) && !splitsFlags
      ? value
      : [value].flat().flatMap((text) =>
          String(text)
            .split(separator)
            .map((entry) => entry.trim()),
        );
  const entries = texts.filter((entry) => entry.trim() !== '');
  if (entries.length === 0 && raw && whenEmpty) faults.push(`${raw.origin}: ${whenEmpty}`);
  return entries.map((entry) => readValue(setting, entry, raw as RawSetting, faults));
}

function readValue(
  { parse, expected }: Setting,
  text: string,
  { value, origin, fromFlag }: RawSetting,
  faults: string[],
): unknown {
  const parsed = parse?.(text, fromFlag);
  if (parsed instanceof Fault) faults.push(origin + parsed.text);
  else if (parsed === null) faults.push(`${origin}: ${JSON.stringify(value)} is not ${expected}`);
  else return parsed;
  return undefined;
}
