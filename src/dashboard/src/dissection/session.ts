// One search of packets as the dissectors have it open. The server closes what nobody asks about;
// it is opened again then, with the same words, and the question is put once more.
//
// Must hold: however many questions find it closed, it is opened again once; what was opened is
// closed when the session ends, also if it comes too late.
import type { Dissection } from "../api_types.ts";

export interface Doors {
  open: (signal: AbortSignal) => Promise<Dissection>;
  close: (id: string) => Promise<void>;
  // Whether an error says that the server knows no such dissection any more.
  isGone: (error: unknown) => boolean;
}

export class Session {
  private opened: Promise<Dissection> | null = null;
  private readonly over = new AbortController();

  constructor(
    private readonly doors: Doors,
    private readonly onOpened: (dissection: Dissection) => void,
  ) {}

  // What failed to open is tried again by the next question.
  open(): Promise<Dissection> {
    const opening = this.doors.open(this.over.signal);
    this.opened = opening;
    opening.then(
      (dissection) => !this.over.signal.aborted && this.onOpened(dissection),
      () => this.opened === opening && (this.opened = null),
    );
    return opening;
  }

  async ask<Result>(question: (id: string) => Promise<Result>): Promise<Result> {
    const tried = this.opened ?? this.open();
    try {
      return await question((await tried).id);
    } catch (error) {
      if (this.over.signal.aborted || !this.doors.isGone(error)) throw error;
    }
    const again = this.opened === tried || this.opened === null ? this.open() : this.opened;
    return question((await again).id);
  }

  // Until the next question.
  async close(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    try {
      if (opened !== null) await this.doors.close((await opened).id);
    } catch {
      // Nobody waits for it: the server closes what nobody asks about.
    }
  }

  end(): Promise<void> {
    this.over.abort();
    return this.close();
  }
}
