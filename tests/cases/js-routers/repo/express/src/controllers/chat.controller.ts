import { Request, Response } from "express";
import { LlmService } from "../services/llm.service.js";
export class ChatController {
  private llm = new LlmService();
  async ask(req: Request, res: Response) {
    res.json(await this.llm.complete(req.body.prompt));
  }
}
