// Waits; an aborted wait ends as an aborted question does.
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), fail(signal.reason as Error)), {
      once: true,
    });
  });
}
