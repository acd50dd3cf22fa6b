import OpenAI from "openai";
class ChatService {
  private client = new OpenAI();
  public async chat(d) { return this.client.chat.completions.create({ model: "gpt-4o", messages: [] }); }
}
export default ChatService;
