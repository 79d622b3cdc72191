// What Explore asks of the API for each of its plots, and the figure that is made of the answer.
import * as api from "../api.ts";
import type { Answer, Eve } from "../api_types.ts";
import { all } from "../filter/compose.ts";
import type { By } from "../lib/format.ts";
import {
  barFigure,
  type Figure,
  heatFigure,
  linesFigure,
  type Look,
  type Plot,
  timeFigure,
} from "./figure.ts";
import { flowsFigure } from "./flows_figure.ts";

// Of single flows, a sample of so many of the newest.
const FLOWS_MAX = 2000;
const PAGE = 500;

export interface Question {
  plot: Plot;
  x: string;
  y: string;
  by: By;
  filters: readonly string[];
  step: string;
  scope: { since: string; until: string; filter: string };
}

export interface Asked {
  figure: (look: Look) => Figure;
  answer: Answer | null;
  note: string;
}

async function readFlows(scope: Question["scope"], signal: AbortSignal) {
  const flows: Eve[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.flows({ ...scope, sort: "-flow.start", limit: PAGE, cursor }, signal);
    flows.push(...page.flows);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined && flows.length < FLOWS_MAX);
  return { flows, isAll: cursor === undefined };
}

// Of several answers the one that says least.
const leastWhole = (answers: readonly Answer[]): Answer | null =>
  answers.find((answer) => !answer.is_whole || !answer.is_exact || answer.problems.length > 0) ??
  answers[0] ??
  null;

export async function ask(question: Question, signal: AbortSignal): Promise<Asked> {
  const { plot, x, y, by, filters, step, scope } = question;
  switch (plot) {
    case "bar": {
      const answer = await api.top({ ...scope, field: x, by, limit: 40 }, signal);
      return { answer, note: "", figure: (look) => barFigure(answer, x, by, look) };
    }
    case "time": {
      const answer = await api.series({ ...scope, field: x, by, step, limit: 8 }, signal);
      return { answer, note: "", figure: (look) => timeFigure(answer, x, by, look) };
    }
    case "lines": {
      const of = (filter: string) => ({ ...scope, by, step, filter: all(scope.filter, filter) });
      const answers = await Promise.all(filters.map((one) => api.series(of(one), signal)));
      return {
        answer: leastWhole(answers),
        note: "",
        figure: (look) => linesFigure(answers, filters, by, look),
      };
    }
    case "heat": {
      const answer = await api.matrix({ ...scope, rows: y, columns: x, by, limit: 50 }, signal);
      return { answer, note: "", figure: (look) => heatFigure(answer, y, x, by, look) };
    }
    default: {
      const { flows, isAll } = await readFlows(scope, signal);
      return {
        answer: null,
        note: isAll ? `${flows.length} flows` : `the newest ${flows.length} flows`,
        figure: (look) => flowsFigure(flows, plot, x, y, look),
      };
    }
  }
}
