/** A machine may have given a base up already, or taken none because it has failed: there is nothing to tell it then. */
export function ifKnown(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'unknown-base') throw error;
  }
}
