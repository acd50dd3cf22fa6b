import ChatService from "../services/chat.service";
class ChatController {
  public service = new ChatService();
  public chat = async (req, res, next) => { try { res.json(await this.service.chat(req.body)); } catch (e) { next(e); } };
}
export default ChatController;
