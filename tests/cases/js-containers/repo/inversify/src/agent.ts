import { inject, injectable } from "inversify";
import { TYPES } from "./types";
import type { Llm } from "./llm";
@injectable()
export class Agent {
  constructor(@inject(TYPES.Llm) private readonly llm: Llm) {}
  run() { return this.llm.ask("x"); }
}
