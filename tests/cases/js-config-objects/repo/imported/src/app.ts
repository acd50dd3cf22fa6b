import { llm } from "./llm";

llm.ask("x", process.argv.length > 2);
