export const Explore = () => <p>Explore</p>;
