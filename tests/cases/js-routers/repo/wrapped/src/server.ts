import express from "express";
import { ChatController } from "./controller";
import { catchAsync } from "./util";
const app = express();
const c = new ChatController("gpt-4o-mini");
app.post("/ask", catchAsync(c.ask));
app.listen(3000);
