import OpenAI from "openai";
export class ChatController {
  private openai = new OpenAI();
  constructor(private model: string) {}
  ask = async (req, res) => {
    const out = await this.openai.chat.completions.create({ model: this.model, messages: [] });
    res.json(out);
  };
}
