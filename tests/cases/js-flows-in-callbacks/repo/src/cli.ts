import * as p from "@clack/prompts";
import { answer } from "./answer";

async function choose(script: string, model: string): Promise<void> {
  const what = await p.select({
    message: "What now?",
    options: [
      { label: "Revise", value: async () => { await revise(script, model); } },
      { label: "Explain", value: async () => { await explain(script, model); } },
      { label: "Cancel", value: () => process.exit(0) },
    ],
  });
  if (typeof what === "function") {
    await what();
  }
}

async function revise(script: string, model: string) {
  await choose(await answer(`revise: ${script}`, model), model);
}

async function explain(script: string, model: string) {
  await choose(await answer(`explain: ${script}`, model), model);
}

choose("", process.env.HELPER_MODEL ?? "llama-3.3-70b-versatile");
