export const GraphView = () => <p>GraphView</p>;
