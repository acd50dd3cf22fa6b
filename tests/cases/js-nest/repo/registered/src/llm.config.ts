import { registerAs } from "@nestjs/config";

export default registerAs("llm", () => ({
  model: process.env.LLM_MODEL || "claude-sonnet-4-5",
  small: "claude-haiku-4-5",
}));
