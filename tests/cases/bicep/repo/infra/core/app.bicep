param name string
param tags object = {}
param env array = []
@secure()
param openAiKey string = ''

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  tags: tags
  properties: {
    configuration: {
      secrets: [
        {
          name: 'openai-key'
          value: openAiKey
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'main'
          image: 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest'
          env: union(env, [
            {
              name: 'AZURE_OPENAI_API_KEY'
              secretRef: 'openai-key'
            }
          ])
        }
      ]
    }
  }
}
