import { Command } from "commander";
import OpenAI from "openai";
const program = new Command().name("q").option("--llm-model <name>", "model", "gpt-4o-mini").parse();
const { llmModel } = program.opts();
await new OpenAI().chat.completions.create({ model: llmModel, messages: [] });
