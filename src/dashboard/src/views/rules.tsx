export const Rules = () => <p>Rules</p>;
