export const NOBODY = 65534;

/** Runs this as an unprivileged user when the tests run as root, whom no file mode stops. */
export function asNobody<T>(work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
