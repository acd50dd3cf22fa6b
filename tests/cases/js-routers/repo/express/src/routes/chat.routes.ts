import { Router } from "express";
import { ChatController } from "../controllers/chat.controller.js";
const router = Router();
const controller = new ChatController();
router.post("/", controller.ask.bind(controller));
export default router;
