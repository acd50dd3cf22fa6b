import { useCallback, useState } from "react";
import { plan, title } from "../lib/llm";
import { useHints } from "../lib/useHints";
import { Panel } from "./Panel";

export function Trip({ mode }: { mode: string }) {
  const [text, setText] = useState("");
  const hints = useHints(text);
  const name = useCallback(async () => setText(await title(text)), [text]);

  const submit = async () => {
    setText(await plan("gpt-4o", text));
  };

  return (
    <form onSubmit={submit}>
      <button onClick={name}>{mode}</button>
      <Panel onAsk={(q) => plan("gpt-4o-mini", q)} hints={hints} />
    </form>
  );
}
