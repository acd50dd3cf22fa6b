import express from "express";
import ChatRoute from "./routes/chat.route";
class App {
  public app = express();
  constructor(routes) { routes.forEach((route) => { this.app.use("/", route.router); }); }
  listen() { this.app.listen(3); }
}
const app = new App([new ChatRoute()]);
app.listen();
