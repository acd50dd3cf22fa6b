import * as core from '@actions/core'
import { classify } from './classify'

async function run(): Promise<void> {
  const model = core.getInput('triage model')
  await classify(core.getInput('api_key'), model)
}

run()
