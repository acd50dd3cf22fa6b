import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic();
export const ask = (model, text) => client.messages.create({ model, max_tokens: 100, messages: [{ role: "user", content: text }] });
