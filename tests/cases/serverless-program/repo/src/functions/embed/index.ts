export default { handler: 'src/functions/embed/handler.main' }
