import { ask } from "@/llm.ts";
await ask("x");
