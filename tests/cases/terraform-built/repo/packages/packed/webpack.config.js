module.exports = { entry: "./src/answers.ts", target: "node", output: { path: __dirname + "/build", filename: "main.js" } };
