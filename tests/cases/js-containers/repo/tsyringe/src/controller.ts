import { inject, injectable } from "tsyringe";
import { LlmService } from "./llm";
export interface ILlm { ask(q: string): Promise<any> }
@injectable()
export class ChatController {
  constructor(@inject("LlmService") private llm: ILlm) {}
  async ask(req, res) { res.json(await this.llm.ask(req.body.q)); }
}
