param name string
param deployments array = []

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: name
  kind: 'OpenAI'
}

@batchSize(1)
resource deployment 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = [for one in deployments: {
  parent: account
  name: one.name
  properties: {
    model: one.model
  }
}]

output endpoint string = account.properties.endpoint
