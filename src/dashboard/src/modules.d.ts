// What the bundler takes and the compiler has no types for.
declare module "*.css";
declare module "plotly.js-cartesian-dist-min";
