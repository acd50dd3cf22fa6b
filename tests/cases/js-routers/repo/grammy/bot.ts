import { Bot, Composer } from "grammy";
import { chat } from "./chat";
const bot = new Bot("x");
bot.use(chat);
bot.start();
