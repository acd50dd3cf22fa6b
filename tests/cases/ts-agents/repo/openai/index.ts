import { Agent, run } from "@openai/agents";
const agent = new Agent({ name: "a", instructions: "x", model: "gpt-4.1-mini" });
const r = await run(agent, "hi");
console.log(r.finalOutput);
