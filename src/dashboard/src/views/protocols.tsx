export const Protocols = () => <p>Protocols</p>;
