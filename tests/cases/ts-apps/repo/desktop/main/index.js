const { app, ipcMain, BrowserWindow } = require("electron");
const OpenAI = require("openai");

const client = new OpenAI();
ipcMain.handle("ask", async (event, text) => client.responses.create({ model: "gpt-5", input: text }));
app.whenReady().then(() => new BrowserWindow().loadFile("renderer/index.html"));
