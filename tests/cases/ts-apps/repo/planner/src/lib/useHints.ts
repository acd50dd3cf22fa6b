import { useEffect, useState } from "react";
import { hint } from "./llm";

export function useHints(text: string) {
  const [hints, setHints] = useState<string[]>([]);
  useEffect(() => {
    hint(text).then((h) => setHints([h]));
  }, [text]);
  return hints;
}
