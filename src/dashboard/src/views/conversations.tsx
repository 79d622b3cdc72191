export const Conversations = () => <p>Conversations</p>;
