// A length for a style: Preact 11 puts no unit behind a number.
export const px = (length: number): string => `${length}px`;
