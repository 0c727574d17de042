export const NOBODY = 65534;

/** Does this as a user without rights where the tests run as root, to whom no permission is refused. */
export function asNobody<T>(work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
