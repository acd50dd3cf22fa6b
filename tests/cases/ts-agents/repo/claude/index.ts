import { query } from "@anthropic-ai/claude-agent-sdk";
for await (const m of query({ prompt: "x", options: { model: "claude-sonnet-4-5", maxTurns: 3 } })) console.log(m);
