targetScope = 'subscription'

param name string
param chatDeployment string
param chatModel string
param judgeModel string = 'gpt-4.1'
@secure()
param openAiKey string

var tags = { 'azd-env-name': name }

module openAi 'core/openai.bicep' = {
  name: 'openai'
  params: {
    name: '${name}-openai'
    deployments: [
      {
        name: chatDeployment
        model: {
          format: 'OpenAI'
          name: chatModel
        }
      }
    ]
  }
}

module api 'core/app.bicep' = {
  name: 'api'
  params: {
    name: '${name}-api'
    tags: union(tags, { 'azd-service-name': 'api' })
    openAiKey: openAiKey
    env: [
      {
        name: 'CHAT_DEPLOYMENT'
        value: chatDeployment
      }
      {
        name: 'AZURE_OPENAI_ENDPOINT'
        value: openAi.outputs.endpoint
      }
    ]
  }
}

module chat 'core/app.bicep' = {
  name: 'chat'
  params: {
    name: '${name}-chat'
    tags: union(tags, { 'azd-service-name': 'chat' })
    env: concat([], [
      {
        name: 'CHAT_MODEL'
        value: 'gpt-4o'
      }
    ])
  }
}

module jobs 'core/functions.bicep' = {
  name: 'jobs'
  params: {
    name: '${name}-jobs'
    tags: union(tags, { 'azd-service-name': 'jobs' })
    settings: {
      JUDGE_MODEL: judgeModel
    }
  }
}

module site 'br/public:avm/res/web/site:0.13.0' = {
  name: 'site'
  params: {
    name: '${name}-site'
    kind: 'app,linux'
    tags: union(tags, { 'azd-service-name': 'site' })
    siteConfig: {
      appCommandLine: 'node server.js'
    }
    appSettingsKeyValuePairs: {
      SITE_MODEL: empty(name) ? 'gpt-4o-mini' : 'gpt-4.1-mini'
    }
  }
}
