import { Body, Controller, Post } from "@nestjs/common";
import { ChatService } from "./chat.service";
@Controller("chat")
export class ChatController {
  constructor(private readonly chatService: ChatService) {}
  @Post()
  ask(@Body() dto: any) {
    return this.chatService.ask(dto.prompt);
  }
}
