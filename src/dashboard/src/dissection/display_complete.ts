// What can stand at the caret of a display filter, Wireshark's language: its fields are the
// server's to say, a few hundred thousand of them, so they are asked for by what was typed.
import {
  COMPARISONS,
  type Completion,
  JOINS,
  matching,
  NEGATIONS,
  typingAt,
} from "../filter/complete.ts";

const OPERATORS: [text: string, description: string][] = [
  ["==", "equal"],
  ["!=", "not equal"],
  [">", "greater"],
  ["<", "less"],
  ["contains", "holds these bytes or this text"],
  ["matches", "regular expression"],
  ["in {", "one of"],
];
const STARTS: [string, string][] = [["not", "the opposite"]];

type AskFields = (prefix: string) => Promise<readonly { name: string; label: string }[]>;

export async function completeDisplay(
  text: string,
  caret: number,
  fields: AskFields,
): Promise<Completion> {
  const { typed, from, previous, earlier } = typingAt(text, caret);
  const isValue = COMPARISONS.has(previous) || previous === "{" || typed.startsWith('"');
  if (isValue) return { from, suggestions: [] };
  if (NEGATIONS.has(previous)) {
    // Of nothing typed there would be all of them.
    if (typed === "") return { from, suggestions: [] };
    const found = await fields(typed);
    const choices = found.map(({ name, label }): [string, string] => [name, label]);
    return { from, suggestions: matching([...choices, ...STARTS], typed) };
  }
  const isBehindValue = COMPARISONS.has(earlier) || previous === "}" || previous === ")";
  return { from, suggestions: matching(isBehindValue ? JOINS : [...OPERATORS, ...JOINS], typed) };
}
