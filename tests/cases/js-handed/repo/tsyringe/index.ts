import "reflect-metadata";
import { container, injectable, inject } from "tsyringe";
import OpenAI from "openai";
@injectable()
class Llm { private c = new OpenAI(); ask(q) { return this.c.chat.completions.create({ model: "gpt-4o", messages: [] }); } }
@injectable()
class App { constructor(private llm: Llm) {} run() { return this.llm.ask("x"); } }
container.resolve(App).run();
