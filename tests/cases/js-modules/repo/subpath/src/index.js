import { ask } from "#lib/llm";
await ask();
