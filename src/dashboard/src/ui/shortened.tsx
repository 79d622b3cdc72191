// A long address where there is little room: its middle gives way and not its end, for hosts of one
// network differ at their ends. What is copied is whole.

// Every box has room for so much, and for any IPv4 address.
const WHOLE_MAX = 12;
const END = 9;

export function Shortened({ text }: { text: string }) {
  if (text.length <= WHOLE_MAX || !text.includes(":")) return <>{text}</>;
  return (
    <>
      <span class="shortened">{text.slice(0, -END)}</span>
      {text.slice(-END)}
    </>
  );
}
