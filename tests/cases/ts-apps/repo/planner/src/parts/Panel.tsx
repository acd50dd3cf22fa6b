export const Panel = ({ onAsk, hints }: { onAsk: (q: string) => void; hints: string[] }) => (
  <div>
    {hints.map((h) => (
      <button key={h} onClick={() => onAsk(h)}>{h}</button>
    ))}
  </div>
);
