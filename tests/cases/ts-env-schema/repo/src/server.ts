import express from 'express'
import { Llm, ask } from './lib/llm.js'
const app = express()
const llm = new Llm()
app.post('/chat', async (req, res) => { res.json(await llm.ask(req.body.text)) })
app.post('/deep', async (req, res) => { res.json(await ask(req.body.text, 'gpt-4o')) })
app.listen(3000)
