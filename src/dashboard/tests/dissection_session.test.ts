import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../src/dissection/session.ts";

class Gone extends Error {}

// A server that names what it opens d1, d2, ... and forgets all of it when it is told to.
class Server {
  readonly log: string[] = [];
  known = new Set<string>();
  refuses = false;
  private count = 0;

  readonly doors = {
    open: async () => {
      if (this.refuses) throw new Error("all places are taken");
      const id = `d${++this.count}`;
      this.log.push(`open ${id}`);
      this.known.add(id);
      return { id, packets: 5, is_whole: true, idle_s: 1 };
    },
    close: async (id: string) => {
      this.log.push(`close ${id}`);
      this.known.delete(id);
    },
    isGone: (error: unknown) => error instanceof Gone,
  };

  readonly answer = async (id: string) => {
    if (!this.known.has(id)) throw new Gone();
    return id;
  };
}

test("What the server has closed is opened again once, for all who ask", async () => {
  const server = new Server();
  const opened: string[] = [];
  const session = new Session(server.doors, ({ id }) => opened.push(id));
  await session.open();
  server.known.clear();
  const answers = await Promise.all([1, 2, 3].map(() => session.ask(server.answer)));
  assert.deepEqual(answers, ["d2", "d2", "d2"]);
  assert.deepEqual(opened, ["d1", "d2"]);
  assert.equal(await session.ask(server.answer), "d2");
});

test("It is not tried for ever", async () => {
  const server = new Server();
  const session = new Session(server.doors, () => {});
  await session.open();
  await assert.rejects(
    session.ask(async () => {
      throw new Gone();
    }),
    Gone,
  );
  assert.deepEqual(server.log, ["open d1", "open d2"]);
});

test("Another error is an answer", async () => {
  const server = new Server();
  const session = new Session(server.doors, () => {});
  await session.open();
  await assert.rejects(
    session.ask(async () => {
      throw new Error("refused");
    }),
    /refused/,
  );
  assert.deepEqual(server.log, ["open d1"]);
});

test("What could not be opened is tried again by the next question", async () => {
  const server = new Server();
  server.refuses = true;
  const session = new Session(server.doors, () => {});
  await assert.rejects(session.open(), /places/);
  server.refuses = false;
  assert.equal(await session.ask(server.answer), "d1");
});

test("What comes after the end is closed, and tells nobody", async () => {
  const server = new Server();
  const opened: string[] = [];
  const session = new Session(server.doors, ({ id }) => opened.push(id));
  void session.open();
  await session.end();
  assert.deepEqual(server.log, ["open d1", "close d1"]);
  assert.deepEqual(opened, []);
});

test("A page that was left and is come back to goes on", async () => {
  const server = new Server();
  const session = new Session(server.doors, () => {});
  await session.open();
  await session.close();
  assert.equal(await session.ask(server.answer), "d2");
});
