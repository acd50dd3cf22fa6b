param name string
param tags object = {}
param settings object = {}

resource functions 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  tags: tags
  kind: 'functionapp,linux'
  properties: {}
}

resource configured 'Microsoft.Web/sites/config@2023-12-01' = {
  parent: functions
  name: 'appsettings'
  properties: union(settings, {
    FUNCTIONS_WORKER_RUNTIME: 'python'
  })
}
