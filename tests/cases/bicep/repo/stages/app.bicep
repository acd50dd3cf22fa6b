param model string

resource app 'Microsoft.App/jobs@2024-03-01' = {
  name: 'sweep'
  properties: {
    template: {
      containers: [
        {
          name: 'sweep'
          image: 'acme.azurecr.io/sweep:latest'
          command: ['python', 'stages/sweep.py']
          env: [
            { name: 'SWEEP_MODEL', value: model }
          ]
        }
      ]
    }
  }
}
