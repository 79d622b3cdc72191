export const Matches = () => <p>Matches</p>;
