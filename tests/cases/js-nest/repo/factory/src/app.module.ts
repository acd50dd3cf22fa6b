import { Module } from "@nestjs/common";
import { ConfigModule, ConfigService } from "@nestjs/config";
import { ChatController } from "./chat.controller";
import OpenAI from "openai";
import { LlmService } from "./llm.service";
@Module({
  imports: [ConfigModule.forRoot()],
  controllers: [ChatController],
  providers: [
    LlmService,
    { provide: "OPENAI", useFactory: (config: ConfigService) => new OpenAI({ apiKey: config.getOrThrow("OPENAI_API_KEY") }), inject: [ConfigService] },
  ],
})
export class AppModule {}
