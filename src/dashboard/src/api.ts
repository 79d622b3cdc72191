// The API's questions, typed. Nothing here keeps what was answered.
//
// Addresses are relative to the page, so that a proxy may serve all of it below a path.
import { signal } from "@preact/signals";
import type * as T from "./api_types.ts";

const ROOT = new URL("api/v1/", document.baseURI);
const TOKEN_KEY = "baleen.token";

// For as long as the tab is open, and for this tab only.
export const token = signal(sessionStorage.getItem(TOKEN_KEY) ?? "");
// Somebody has to type one in before anything can be asked.
export const needsToken = signal(false);
// How often one was given: what was refused before is asked anew then, also with the same one.
export const tokensGiven = signal(0);

export function setToken(text: string): void {
  sessionStorage.setItem(TOKEN_KEY, text);
  token.value = text;
  needsToken.value = false;
  tokensGiven.value++;
}

// What no header can hold is no token: the server is asked without, and refuses.
const isToken = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

export class ApiProblem extends Error {
  constructor(
    readonly problem: T.Problem,
    readonly status: number,
  ) {
    super(problem.detail || problem.title || `the server answered ${status}`);
  }
}

// Whatever was thrown.
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({ title: error instanceof Error ? error.message : String(error) }, 0);
}

export type Parameters = Record<string, string | number | boolean | undefined>;

export function address(path: string, parameters: Parameters = {}): string {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  return url.href;
}

// For what cannot send a header: downloads by a link, the event stream.
export function addressWithToken(path: string, parameters: Parameters = {}): string {
  return address(path, token.value ? { ...parameters, access_token: token.value } : parameters);
}

async function problemOf(answer: Response): Promise<ApiProblem> {
  const type = answer.headers.get("content-type") ?? "";
  const problem: T.Problem = type.includes("json") ? await answer.json().catch(() => ({})) : {};
  return new ApiProblem(problem, answer.status);
}

async function send(url: string, options: RequestInit): Promise<Response> {
  const headers = new Headers(options.headers);
  const given = tokensGiven.peek();
  if (isToken(token.value)) headers.set("Authorization", `Bearer ${token.value}`);
  let answer: Response;
  try {
    answer = await fetch(url, { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiProblem({ title: "The server cannot be reached" }, 0);
  }
  // A refusal of the token before this one says nothing any more.
  if (answer.status === 401 && given === tokensGiven.peek()) needsToken.value = true;
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

export async function get<Result>(
  path: string,
  parameters: Parameters,
  signal?: AbortSignal,
): Promise<Result> {
  const answer = await send(address(path, parameters), { signal: signal ?? null });
  return (await answer.json()) as Result;
}

export async function post<Result>(
  path: string,
  parameters: Parameters,
  body = "",
  signal: AbortSignal | null = null,
): Promise<Result | null> {
  const options = { method: "POST", body, headers: { "Content-Type": "text/plain" }, signal };
  const answer = await send(address(path, parameters), options);
  const text = await answer.text();
  return text === "" ? null : (JSON.parse(text) as Result);
}

// Also while the page is being left.
async function remove(path: string): Promise<void> {
  await send(address(path), { method: "DELETE", keepalive: true });
}

// What most questions are bounded by.
export interface Scope extends Parameters {
  filter?: string;
  since?: string;
  until?: string;
}

type Ask<Result> = (parameters: Parameters, signal?: AbortSignal) => Promise<Result>;
const asks =
  <Result>(path: string): Ask<Result> =>
  (parameters, signal) =>
    get<Result>(path, parameters, signal);

export const status = asks<T.Status>("status");
export const ledger = asks<Record<string, unknown>>("ledger");
export const ports = asks<{ ports: T.Port[] }>("ports");
export const workers = asks<{ workers: T.Worker[] }>("workers");
export const rates = asks<{ interval_ns: number; rates: T.Rates[] }>("rates");
export const flows = asks<T.FlowPage>("flows");
export const events = asks<T.EventPage>("events");
export const matches = asks<T.EventPage>("matches");
export const packets = asks<T.PacketList>("packets");
export const top = asks<T.Top>("top");
export const series = asks<T.Series>("series");
export const matrix = asks<T.Matrix>("matrix");
export const hosts = asks<T.Top>("hosts");
export const conversations = asks<T.Top>("conversations");
export const protocols = asks<T.Hierarchy>("protocols");
export const graph = asks<T.Graph>("graph");
export const graphMetrics = asks<T.GraphMetrics>("graph/metrics");
export const graphPath = asks<T.GraphPath>("graph/path");
export const graphDiff = asks<T.GraphDiff>("graph/diff");
export const graphScans = asks<{ scans: T.Scan[] }>("graph/scans");
export const rules = asks<T.Rules>("rules");
export const ruleStatistics = asks<Record<string, unknown>>("rules/statistics");
export const config = asks<{ keys: T.ConfigKey[] }>("config");
export const fields = asks<T.Fields>("fields");
export const checkFilter = asks<T.FilterCheck>("filter");

const ofItem = (path: string, item: string | number): string =>
  path + "/" + encodeURIComponent(item);
export const flow = (id: string, scope: Scope, signal?: AbortSignal): Promise<T.Flow> =>
  get(ofItem("flows", id), scope, signal);
export const flowPackets = (
  id: string,
  scope: Scope,
  signal?: AbortSignal,
): Promise<T.PacketList> => get(ofItem("flows", id) + "/packets", scope, signal);
export const host = (name: string, scope: Scope, signal?: AbortSignal): Promise<T.Host> =>
  get(ofItem("hosts", name), scope, signal);

// Packets for Wireshark's dissectors: opened, asked about by the name that opening gave, closed.
export const openDissection = async (
  parameters: Parameters,
  signal: AbortSignal,
): Promise<T.Dissection> => (await post<T.Dissection>("dissections", parameters, "", signal))!;
export const closeDissection = (id: string): Promise<void> => remove(ofItem("dissections", id));

type AskDissection<Result> = (
  id: string,
  parameters: Parameters,
  signal?: AbortSignal,
) => Promise<Result>;
const asksDissection =
  <Result>(what: string): AskDissection<Result> =>
  (id, parameters, signal) =>
    get<Result>(`${ofItem("dissections", id)}/${what}`, parameters, signal);

export const dissectedList = asksDissection<T.DissectedList>("packets");
export const dissectedStream = asksDissection<T.DissectedStream>("stream");
export const checkDisplayFilter = asksDissection<T.DisplayFilterCheck>("filter");
export const displayFields = asksDissection<T.DisplayFields>("fields");
export const dissectedPacket = (
  id: string,
  number: number,
  signal?: AbortSignal,
): Promise<T.DissectedPacket> =>
  get(ofItem(ofItem("dissections", id) + "/packets", number), {}, signal);

export const checkRules = (text: string, dialect: string): Promise<T.RuleCheck | null> =>
  post("rules/check", { dialect }, text);
export const reloadRules = (): Promise<unknown> => post("rules/reload", {});

export const pcapOfFlow = (id: string | number, scope: Scope): string =>
  addressWithToken(ofItem("flows", id) + "/pcap", scope);
export const pcapOf = (scope: Scope): string => addressWithToken("packets/pcap", scope);
