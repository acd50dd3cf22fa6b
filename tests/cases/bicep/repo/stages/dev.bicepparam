using './app.bicep'

param model = 'gpt-5-mini'
