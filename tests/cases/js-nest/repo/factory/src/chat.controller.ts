import { Controller, Post } from "@nestjs/common";
import { LlmService } from "./llm.service";
@Controller()
export class ChatController {
  constructor(private llm: LlmService) {}
  @Post("ask")
  async ask() {
    return await this.llm.ask();
  }
}
