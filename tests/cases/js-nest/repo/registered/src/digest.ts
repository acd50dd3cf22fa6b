import { Inject, Injectable } from "@nestjs/common";
import { Cron } from "@nestjs/schedule";
import OpenAI from "openai";
import { Llm, Summaries, TAGS } from "./llm";

@Injectable()
export class Digest {
  constructor(
    private readonly llm: Llm,
    @Inject("SUMMARIES") private readonly summaries: Summaries,
    @Inject(TAGS) private readonly tags: { model: string },
  ) {}

  @Cron("0 7 * * *")
  async daily() {
    await this.llm.ask("the day");
    await this.summaries.of("the day");
    await new OpenAI().chat.completions.create({ model: this.tags.model, messages: [] });
  }
}
