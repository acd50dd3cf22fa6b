import { createProviderRegistry, customProvider, generateText } from "ai";
import { openai } from "@ai-sdk/openai";
const own = customProvider({ languageModels: { fast: openai("gpt-4o-mini") }, fallbackProvider: openai });
const registry = createProviderRegistry({ openai, own });
await generateText({ model: registry.languageModel("openai:gpt-4o"), prompt: "x" });
await generateText({ model: registry.languageModel("own:fast"), prompt: "x" });
