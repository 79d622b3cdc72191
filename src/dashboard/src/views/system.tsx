export const System = () => <p>System</p>;
