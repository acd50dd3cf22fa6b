import { Module } from "@nestjs/common";
import { ConfigModule, ConfigService } from "@nestjs/config";
import llmConfig from "./llm.config";
import { Llm, AnthropicLlm, Summaries, TAGS } from "./llm";
import { Digest } from "./digest";

@Module({
  imports: [ConfigModule.forRoot({ load: [llmConfig] })],
  providers: [
    Digest,
    { provide: Llm, useClass: AnthropicLlm },
    { provide: "SUMMARIES", useFactory: (config: ConfigService) => new Summaries(config.get("llm.small")), inject: [ConfigService] },
    { provide: TAGS, useValue: { model: "gpt-4.1-nano" } },
  ],
})
export class AppModule {}
