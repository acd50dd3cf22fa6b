// Reads {policies, requests} from stdin, writes one answer a request: "Allowed", "ImplicitlyDenied", "ExplicitlyDenied" or an error.
import { readFileSync } from 'node:fs'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const { policies, requests } = JSON.parse(readFileSync(0, 'utf8'))
const named = (names) => names.map((name) => ({ name, policy: policies[name] }))
const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const answers = []
for (const request of requests) {
  const simulation = {
    request: {
      principal: request.principal,
      action: request.action,
      resource: { resource: request.resource, accountId: request.account },
      contextVariables: request.context
    },
    identityPolicies: named(request.identity),
    serviceControlPolicies: [
      { orgIdentifier: 'r-1', policies: [{ name: 'FullAWSAccess', policy: all }, ...named(request.control)] }
    ],
    resourceControlPolicies: []
  }
  const run = request.checked ? runSimulation : runUnsafeSimulation
  const answer = await run(simulation, {})
  const result = answer.overallResult ?? answer.result ?? answer.analysis?.result ?? answer
  answers.push(answer.resultType === 'error' || answer.errors ? `error: ${JSON.stringify(answer.errors)}` : result)
}
process.stdout.write(JSON.stringify(answers))
