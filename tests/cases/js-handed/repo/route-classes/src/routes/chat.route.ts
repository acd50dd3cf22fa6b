import { Router } from "express";
import ChatController from "../controllers/chat.controller";
export default class ChatRoute {
  public router = Router();
  public controller = new ChatController();
  constructor() { this.initializeRoutes(); }
  private initializeRoutes() { this.router.post("/chat", this.controller.chat); }
}
