import { Agent } from "@mastra/core/agent";
const agent = new Agent({ name: "a", instructions: "x", model: "openai/gpt-4o-mini" });
console.log((await agent.generate("hi")).text);
