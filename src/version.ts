/** The version in package.json, which the build puts in place of this name. */
declare const LEAKTALLY_VERSION: string;

export const VERSION: string = LEAKTALLY_VERSION;
