import { ALERT_SETTINGS } from './alert-settings.ts';
import { CONNECTION_SETTINGS } from './connection-settings.ts';
import { LEAK_SETTINGS } from './leak-settings.ts';
import { RUN_SETTINGS } from './run-settings.ts';
import type { Fault } from './setting.ts';

/** The table of all options, in the order of --help. */
export const SETTINGS = {
  ...CONNECTION_SETTINGS,
  ...LEAK_SETTINGS,
  ...ALERT_SETTINGS,
  ...RUN_SETTINGS,
};

type Settings = typeof SETTINGS;
export type SettingKey = keyof Settings;

/** Value of one setting as commander passes it. */
export type RawValue = string | boolean | readonly string[];
export type RawFlags = { readonly [K in SettingKey]?: RawValue };

type Parsed<S> = S extends { parse: (text: string, isFromFlag: boolean) => infer T } ? Exclude<T, Fault | null> : never;
type Optional<S, T> = S extends { canBeNone: true } ? T | null : S extends { fallback: string } ? T : T | null;

/** Type of a setting's parsed value: a list, a single value (null where it may be missing), or a switch. */
type Value<S> = S extends { parse: unknown }
  ? S extends { list: unknown }
    ? readonly Parsed<S>[]
    : Optional<S, Parsed<S>>
  : S extends { flag: `${string} <${string}` } | { env: string }
    ? string | null
    : boolean;

type NameOf<K extends SettingKey> = Settings[K] extends { negates: string }
  ? never
  : Settings[K] extends { name: infer N extends string }
    ? N
    : K;

/** Parsed values of all settings, by their names in the code. */
export type SettingValues = { readonly [K in SettingKey as NameOf<K>]: Value<Settings[K]> };
