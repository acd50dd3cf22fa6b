module.exports = { model: "gpt-4.1-mini" };
