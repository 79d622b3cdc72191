// What tests of dissected packets are made of.
import type { DissectedField, DissectedLine } from "../src/api_types.ts";

export const field = (label: string, more: Partial<DissectedField> = {}): DissectedField => ({
  label,
  display_filter: null,
  offset: null,
  length: null,
  source: 0,
  severity: null,
  is_protocol: false,
  is_generated: false,
  is_hidden: false,
  children: [],
  ...more,
});

export const line = (number: number): DissectedLine => ({
  number,
  columns: [String(number), "0.000000"],
  background: null,
  foreground: null,
});
